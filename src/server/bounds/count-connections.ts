import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientSockets, OpenSocket } from '../../system/resources/sockets.ts';

const body = JSON.stringify({
  errors: [{ message: 'This instance has no connection left.', extensions: { code: 'UNAVAILABLE' } }],
});

/** What they hear for whom there is no connection left, so that they come again, or go somewhere else. */
const answer = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 1',
  'Connection: close',
  'Content-Type: application/json; charset=utf-8',
  `Content-Length: ${body.length}`,
  '',
  body,
].join('\r\n');

/** How long one that has been answered may take to leave. */
const LEAVE_MS = 500;

/** So many may take that long at a time. */
const MOST_LEAVING = 56;

/** Answers connections for which there is no room, whatever they ask, and closes them. */
export function createDoor(): { turnAway(connection: Socket): void } {
  let leaving = 0;
  return {
    turnAway(connection) {
      const close = () => void connection.destroy();
      connection.on('error', close);
      // Before the client has heard all of it: the system delivers what was sent, unless the client's words meet a
      // connection that is closed already.
      if (leaving >= MOST_LEAVING) return void connection.end(answer, close);
      leaving += 1;
      connection.once('close', () => void (leaving -= 1));
      connection.once('end', close).setTimeout(LEAVE_MS, close).resume().end(answer);
    },
  };
}

/**
 * Counts the connections of a server that does not listen yet among the instance's sockets: one that owes no answer may
 * be closed for want of room, and one that comes when there is none is told so. To be called when all else listens to
 * them: who is turned away is seen by nobody.
 */
export function countConnections(server: Server, sockets: ClientSockets): void {
  const door = createDoor();
  const places = new WeakMap<Socket, OpenSocket>();
  const served = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const place = sockets.accept(() => socket.destroy());
    if (place === null) return door.turnAway(socket);
    places.set(socket, place);
    socket.once('close', () => place[Symbol.dispose]());
    for (const listener of served) listener.call(server, socket);
  });
  server.prependListener('upgrade', ({ socket }) => places.get(socket)?.use());
  server.prependListener('request', ({ socket }, response) => {
    const place = places.get(socket);
    place?.use();
    // Where there is little room, no connection is kept for a next question.
    if (sockets.count() > sockets.most / 2) announceClose(response);
    response.once('close', () => place?.rest());
  });
}

/** Node closes the connection after it. Without it the caller could ask again over one that is about to close. */
export function announceClose(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}
