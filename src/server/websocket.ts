import { handleProtocols } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { bearerOf } from './bearer.ts';
import { BODY_LIMIT_BYTES } from './read-body.ts';
import { targetOf } from './target.ts';
import { createProtocol } from './websocket-protocol.ts';
import { CLOSE_TIMEOUT_MS, serveSocket, type ServedSocket, type WebSocketEdge } from './websocket-socket.ts';

/** GraphQL over WebSocket at `/graphql`, by the graphql-transport-ws protocol. */
export interface WebSocketEndpoint {
  /** Whether a request becomes a socket; what does not is left to be answered as HTTP. */
  accepts(request: IncomingMessage): boolean;
  /** Takes over the connection of a request that is accepted. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  /**
   * Closes each socket with 1001 as soon as its queries and mutations are answered and its subscriptions, which are
   * to be ended before, are completed. Resolves when all are closed; those that do not read are torn down.
   */
  close(): Promise<void>;
}

/** No socket yet. A key in the upgrade request is checked there; without one the first message must bring it. */
export function createWebSocketEndpoint(edge: WebSocketEdge): WebSocketEndpoint {
  const protocol = createProtocol(edge);
  const served = new Set<ServedSocket>();
  const server = new WebSocketServer({
    ...{
      noServer: true,
      clientTracking: false,
      maxPayload: BODY_LIMIT_BYTES,
      closeTimeout: CLOSE_TIMEOUT_MS,
    },
    // What ends an operation has had its effect before the next message may use its id again.
    allowSynchronousEvents: false,
    // A client that speaks another protocol only is let in to be told so by a code.
    handleProtocols: (offered) => handleProtocols(offered) || ([...offered][0] ?? false),
  });

  function accepts(request: IncomingMessage): boolean {
    const key = bearerOf(request.headers.authorization);
    return (
      request.headers.upgrade?.toLowerCase() === 'websocket' &&
      targetOf(request)?.path === '/graphql' &&
      !edge.readiness.isStopping() &&
      (key === undefined || edge.authenticate(key) !== undefined)
    );
  }

  return {
    accepts,
    upgrade(request, connection, head) {
      if (!accepts(request)) return void connection.destroy();
      server.handleUpgrade(request, connection, head, (socket) => {
        const key = bearerOf(request.headers.authorization);
        const one = serveSocket({ ...edge, protocol, connection }, socket, key);
        served.add(one);
        void one.closed.then(() => served.delete(one));
      });
    },
    close: async () => void (await Promise.all([...served].map((one) => one.close()))),
  };
}
