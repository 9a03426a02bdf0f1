import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announceClose, countConnections } from './bounds/count-connections.ts';
import type { ClientSockets } from '../system/resources/sockets.ts';

/** The connections of a server, followed so that it can be closed without cutting an answer. */
export interface Connections {
  /**
   * Closes those that owe no answer at once, the others with the last answer that they owe. Those that have become
   * something else than HTTP are left to whoever speaks with them.
   */
  finish(): void;
  /** Closes those over which an event stream is being sent. */
  cutStreams(): void;
  /** Closes all, whatever they owe. */
  cut(): void;
}

/**
 * Follows a server that does not listen yet. Node's own `closeIdleConnections` spares those that have never asked for
 * anything and lets others wait for a next question after their answer, so that closing could take minutes. They
 * are counted among the instance's sockets.
 */
export function followConnections(server: Server, sockets: ClientSockets): Connections {
  const owed = new Map<Socket, Set<ServerResponse>>();
  const upgraded = new Set<Socket>();
  let finishing = false;

  server.on('connection', (socket) => {
    owed.set(socket, new Set());
    socket.once('close', () => owed.delete(socket));
  });
  server.prependListener('upgrade', ({ socket }) => {
    if (!owed.delete(socket) || socket.destroyed) return;
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    const answers = owed.get(socket);
    answers?.add(response);
    if (finishing) announceClose(response);
    response.once('close', () => {
      answers?.delete(response);
      if (finishing && answers?.size === 0) socket.destroySoon();
    });
  });
  countConnections(server, sockets);

  return {
    finish() {
      finishing = true;
      for (const [socket, answers] of owed) {
        const last = [...answers].at(-1);
        if (last === undefined) socket.destroy();
        else announceClose(last);
      }
    },
    cutStreams() {
      for (const [socket, answers] of owed) if ([...answers].some(isEventStream)) socket.destroy();
    },
    cut() {
      for (const socket of [...owed.keys(), ...upgraded]) socket.destroy();
    },
  };
}

/** Answers that are event streams, whatever their requests said that they accept. */
const eventStreams = new WeakSet<ServerResponse>();

/** Marks an answer as an event stream, which a stop cuts when its client does not read on. */
export function markEventStream(response: ServerResponse): void {
  eventStreams.add(response);
}

/** Whether events are being sent: the headers of an answer cannot be asked for once they are sent, those of the request can. */
function isEventStream(response: ServerResponse): boolean {
  const { headersSent, req } = response;
  return (
    headersSent && (eventStreams.has(response) || (req.headers.accept ?? '').includes('text/event-stream'))
  );
}
