import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../system/log.ts';
import type { ClientSockets } from '../system/resources/sockets.ts';
import { StartError } from '../system/start-error.ts';
import type { Timers } from '../system/timers.ts';
import { followConnections } from './connections.ts';
import type { Readiness } from './readiness.ts';

/** How long calls that are under way may take to finish once the server is told to stop. */
export const GRACE_MS = 30_000;

/** How long event streams, which are ended then, may take to reach their clients: some of them do not read. */
export const STREAM_GRACE_MS = 5000;

/** Connections that the system keeps until they are accepted, if it will (listen(2)): more come at once than one thinks. */
const BACKLOG = 4_096;

/** A server that accepts connections. Disposing of it stops that and lets calls under way finish. */
export interface Listening extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:4000`. */
  readonly url: string;
}

/** What listening takes beside the server. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Is told when stopping begins. */
  readonly readiness: Readiness;
  /**
   * Ends whatever has no end of its own, subscriptions and sockets, when stopping begins. Resolves in bounded time
   * once all connections are closed.
   */
  readonly endStreams: () => Promise<void>;
  /** Among which its connections are counted. */
  readonly sockets: ClientSockets;
  readonly timers: Timers;
  readonly log: Log;
}

/** Opens the door. Throws StartError when the address is taken or not ours. */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, port, readiness, endStreams, timers, log } = options;
  const connections = followConnections(server, options.sockets);
  server.listen({ port, host, backlog: BACKLOG });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new StartError(refusals[code]?.(host, port) ?? message, { cause });
  }
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      readiness.stop();
      const closed = once(server, 'close');
      server.close();
      connections.finish();
      using _forced = timers.after(GRACE_MS, () => {
        log.warn('Calls are cut off: they did not finish in time.', { graceMs: GRACE_MS });
        connections.cut();
      });
      using _streams = timers.after(STREAM_GRACE_MS, () => connections.cutStreams());
      const ended = endStreams().catch((err: unknown) =>
        log.error('Streams could not be ended in order.', { err }),
      );
      await Promise.all([ended, closed]);
    },
  };
}

const refusals: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `Port ${port} of ${host} is in use; choose another one by PORT.`,
  EACCES: (host, port) => `This user may not listen on port ${port} of ${host}; choose another one by PORT.`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine; choose another one by HOST.`,
  ENOTFOUND: (host) => `${host} is not an address of this machine; choose another one by HOST.`,
};
