import { handleProtocols } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Sockets } from '../system/resources/sockets.ts';
import { bearerOf } from './bearer.ts';
import { admitSocket } from './bounds/admit.ts';
import { BODY_LIMIT_BYTES } from './read-body.ts';
import { introduced } from './operations/introduce.ts';
import { targetOf } from './target.ts';
import { createDoor } from './bounds/count-connections.ts';
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

/** Fragments of a message at most: those who send some that long are few, and send large ones. */
const MOST_FRAGMENTS = 1_024;

/** Pieces that a frame may arrive in: the largest fits in those of the smallest network (RFC 9293 §3.7.1). */
const MOST_CHUNKS = 20_000;

/** No socket yet. A key in the upgrade request is checked there; without one the first message must bring it. */
export function createWebSocketEndpoint(
  edge: WebSocketEdge & { readonly sockets: Sockets },
): WebSocketEndpoint {
  const protocol = createProtocol(edge);
  const { bounds } = edge;
  const served = new Set<ServedSocket>();
  const door = createDoor();
  const server = new WebSocketServer({
    ...{
      noServer: true,
      clientTracking: false,
      maxPayload: BODY_LIMIT_BYTES,
      // Each piece takes far more than its own length.
      maxFragments: MOST_FRAGMENTS,
      maxBufferedChunks: MOST_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
    },
    // What ends an operation has had its effect before the next message may use its id again.
    allowSynchronousEvents: false,
    // A client that speaks another protocol only is let in to be told so by a code.
    handleProtocols: (offered) => handleProtocols(offered) || ([...offered][0] ?? false),
  });

  const accepts = (request: IncomingMessage) => isForUs(request, edge);

  function open(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const key = bearerOf(request.headers.authorization);
    const address = bounds.addresses.addressOf(request);
    if (edge.readiness.isStopping()) return void connection.destroy();
    if (key !== undefined && !bounds.callers.admits(key, address)) return refuseUpgrade(connection);
    // They may stay for days: the other half is for those who ask for an answer.
    if (served.size >= edge.sockets.clients.most / 2) return door.turnAway(request.socket);
    server.handleUpgrade(request, connection, head, (socket) => {
      const places = admitSocket(bounds, request, address);
      if (places === undefined) return refuseSocket(socket);
      const one = serveSocket({ ...edge, protocol, connection, address, places }, socket, key);
      served.add(one);
      void one.closed.then(() => served.delete(one));
    });
  }

  return {
    accepts,
    upgrade(request, connection, head) {
      if (!accepts(request)) return void connection.destroy();
      // A token that is not known yet is looked at before there is a socket.
      const waiting = introduced(bearerOf(request.headers.authorization), edge.introduce);
      if (waiting === undefined) open(request, connection, head);
      else goOnAfter(waiting, connection, () => open(request, connection, head));
    },
    close: async () => void (await Promise.all([...served].map((one) => one.close()))),
  };
}

function isForUs(request: IncomingMessage, edge: WebSocketEdge): boolean {
  const key = bearerOf(request.headers.authorization);
  return (
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    targetOf(request)?.path === '/graphql' &&
    !edge.readiness.isStopping() &&
    (key === undefined || mayAdmit(key, request, edge))
  );
}

/** Whether a credential admits its holder, or is a token that has to be looked at first. */
function mayAdmit(key: string, request: IncomingMessage, { bounds, introduce }: WebSocketEdge): boolean {
  const { addresses, callers } = bounds;
  return callers.admits(key, addresses.addressOf(request)) || introduced(key, introduce) !== undefined;
}

/** Goes on when a token has been looked at, unless its connection has gone meanwhile. */
function goOnAfter(waiting: Promise<boolean>, connection: Duplex, goOn: () => void): void {
  const drop = () => void connection.destroy();
  connection.once('error', drop);
  void waiting.then(() => {
    connection.removeListener('error', drop);
    if (!connection.destroyed) goOn();
  });
}

function refuseUpgrade(connection: Duplex): void {
  connection.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
}

/** Opened all the same, so that its client learns why it is closed. */
function refuseSocket(socket: WebSocket): void {
  socket.on('error', () => {});
  socket.close(1013, 'Too many sockets');
  socket.pause();
}
