import type { WebSocket } from 'ws';
import type { Timers } from '../system/timers.ts';

/** How often a socket is asked whether its peer is still there. */
export const PING_INTERVAL_MS = 30_000;

/**
 * Pings the peer, and tears the connection down when nothing at all was heard from it between one ping and the next:
 * a peer that lost its network never says goodbye. `onBeat` is run with each ping.
 */
export function keepAlive(socket: WebSocket, timers: Timers, onBeat: () => void): Disposable {
  let isHeard = true;
  let timer = timers.after(PING_INTERVAL_MS, beat);
  const hear = () => void (isHeard = true);
  socket.on('message', hear).on('ping', hear).on('pong', hear);

  function beat(): void {
    if (!isHeard) return socket.terminate();
    isHeard = false;
    if (socket.readyState === socket.OPEN) socket.ping();
    timer = timers.after(PING_INTERVAL_MS, beat);
    onBeat();
  }

  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
