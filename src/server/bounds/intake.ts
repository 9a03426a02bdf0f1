import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Timers } from '../../system/timers.ts';
import { pauseWhenFlooded } from '../websocket-flow.ts';
import { ARRIVAL_CHECK_MS, isTooSlow } from './arrival.ts';
import { createFrameCounter } from './frames.ts';
import type { ByteHold } from './held-bytes.ts';

/** Bytes that may come over a socket until its client's key has been accepted: its introduction, and some pings. */
export const GREETING_LIMIT_BYTES = 20 * 1024;

/** What is to be known of a socket whose intake is watched. */
export interface IntakeTerms {
  readonly connection: Duplex;
  /**
   * Is grown by what comes of messages; whoever has dealt with one gives it back. Undefined until its client's key has
   * been accepted.
   */
  readonly hold: () => Pick<ByteHold, 'grow'> | undefined;
  readonly timers: Timers;
}

/**
 * Closes a socket that sends too much before its client is known, that hardly goes on with a message, or whose
 * messages find no room: what is not ended is held just as what is. Disposing of it ends the watch.
 */
export function watchIntake(socket: WebSocket, terms: IntakeTerms): Disposable {
  const { connection, timers } = terms;
  const frames = createFrameCounter();
  let greeting = 0;
  let arrived = 0;
  let elapsedMs = 0;
  let timer: Disposable | undefined;

  function refuse(code: number, reason: string): void {
    socket.close(code, reason);
    // It would go on collecting until the client has closed as well.
    socket.pause();
    stop();
  }

  function stop(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    connection.off('data', take);
  }

  function take(chunk: Buffer): void {
    const hold = terms.hold();
    if (hold === undefined && (greeting += chunk.length) > GREETING_LIMIT_BYTES) {
      return refuse(1009, 'Message too big');
    }
    const wasOpen = frames.isOpen();
    const parts = frames.take(chunk);
    if (parts > 0 && hold?.grow(parts) !== undefined) return refuse(1013, 'Too much is under way');
    arrived = wasOpen ? arrived + parts : parts;
    if (!frames.isOpen()) {
      timer?.[Symbol.dispose]();
      timer = undefined;
    } else if (timer === undefined) {
      elapsedMs = 0;
      timer = timers.after(ARRIVAL_CHECK_MS, look);
    }
    // Pings are answered too, whether somebody reads that or not.
    pauseWhenFlooded(socket, connection);
  }

  function look(): void {
    elapsedMs += ARRIVAL_CHECK_MS;
    if (isTooSlow(elapsedMs, arrived)) return refuse(4408, 'Message timeout');
    timer = timers.after(ARRIVAL_CHECK_MS, look);
  }

  connection.on('data', take);
  return { [Symbol.dispose]: stop };
}
