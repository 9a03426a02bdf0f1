import { createConnection, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import type { RedisAddress } from './redis-url.ts';

/** How long a connection that is given up may take to close politely. */
const DISCONNECT_TIMEOUT_MS = 2000;

/** Where to connect to. */
export interface Whereabouts {
  /** Asked anew for each connection, for the server may have moved. Rejects when nobody knows. */
  readonly locate: () => Promise<RedisAddress>;
  readonly tls: boolean;
  /** Whether the server that was reached will do; one that will not is left again. */
  readonly accepts: (server: ServerFacts) => boolean;
}

/** What a server says of itself; a user may be kept from asking. */
export interface ServerFacts {
  readonly role?: string;
  /** Its own since it started, and nobody else's. */
  readonly run_id?: string;
}

/** What an ioredis client is given to connect through `createConnector`. */
export function connectOptions(whereabouts: Whereabouts) {
  return {
    Connector: createConnector(whereabouts),
    // Tells the client which event of its connection to wait for; the connector makes it.
    ...(whereabouts.tls && { tls: {} }),
  };
}

/**
 * The part of an ioredis client that opens its connection. A server that nobody knows of is a connection that closes
 * at once, so that the client tries again in its own time. Unlike the library's own it hears every error of a
 * connection: over TLS there may be a second one, which nobody would handle.
 */
function createConnector({ locate, tls, accepts }: Whereabouts): new () => AbstractConnector {
  return class Connector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      delete this.firstError;
      const stream = await this.open().catch((error: unknown) => {
        this.firstError = error as Error;
        return new Socket().destroy();
      });
      this.stream = stream.on('error', (error) => (this.firstError ??= error));
      return stream;
    }

    private async open(): Promise<Socket> {
      const address = await locate();
      if (!this.connecting) throw new Error('The connection was given up before it was made.');
      if (!tls) return createConnection(address);
      // By the name some servers are told apart; an address may not be sent as one.
      return connectTls({ ...address, ...(isIP(address.host) === 0 && { servername: address.host }) });
    }

    override check(server: ServerFacts): boolean {
      return accepts(server);
    }
  };
}
