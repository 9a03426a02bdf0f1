import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes on their way to a client above which no operation makes more of them. */
export const CONGESTED_BYTES = 64 * 1024;

/** Bytes on their way to a client above which it is not listened to: it asks for more than it reads. */
export const FLOODED_BYTES = 1024 * 1024;

/**
 * Sends a message of a stream. Undefined: its operation may make the next one at once, as long as the client keeps up;
 * otherwise resolves when this one has left. So what is held for a client that does not read is bounded by one message
 * of each of its operations. While the socket is closing none may make more. Never rejects: that it has closed is told
 * by its `close`.
 */
export function sendText(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.readyState === socket.CLOSED) return undefined;
  if (socket.readyState !== socket.OPEN) {
    return new Promise((resolve) => void socket.once('close', () => resolve()));
  }
  if (socket.bufferedAmount + text.length <= CONGESTED_BYTES) {
    socket.send(text);
    return undefined;
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

/** Stops listening to a client that has too much on its way to it, until that has left. */
export function pauseWhenFlooded(socket: WebSocket, connection: Duplex): void {
  if (socket.bufferedAmount <= FLOODED_BYTES || socket.isPaused) return;
  socket.pause();
  connection.once('drain', () => socket.resume());
}
