import { unlessAborted } from '../../system/abort.ts';
import type { Timers } from '../../system/timers.ts';

/** A call's turn to try a model that others wait for too. Disposing of it lets the next one. */
export type Turn = Disposable;

/**
 * Where calls wait for a model that recovers within their time: for each model one is let out when it is time, the
 * next when that one has ended, so that a model that comes back is not met by everybody who waited.
 */
export interface WaitingRoom {
  /**
   * Resolves with the call's turn; null when the room is full. Rejects with the signal's reason when that aborts.
   * `notBeforeMs`: no turn before so many milliseconds from now, whatever the model's own state says.
   */
  enter(key: string, notBeforeMs: number, signal: AbortSignal): Promise<Turn | null>;
  /** Milliseconds until a model may be called, as far as is known; 0: now. */
  waitMsOf(key: string): number;
  /** Calls that wait. */
  count(): number;
}

/** A model may recover sooner than was told: another instance's probe has closed its breaker, or a mark was lifted. */
const LOOK_AGAIN_MS = 1_000;

/** The most calls that wait on an instance: each holds its request in memory. */
export const MOST_WAITING = 1_000;

export interface WaitingRoomOptions {
  readonly timers: Timers;
  /** Milliseconds until a model may be called; 0: now. A new 429 lengthens it for everybody who waits. */
  readonly waitMsOf: (key: string) => number;
}

/** Keeps a line for each model, of this instance's calls alone: another instance lets out its own. */
export function createWaitingRoom({ timers, waitMsOf }: WaitingRoomOptions): WaitingRoom {
  const last = new Map<string, Promise<void>>();
  let waiting = 0;

  /** Waits until a model may be called; waits on when it turns out that it still may not. */
  async function recovery(key: string, floor: Promise<void>, signal: AbortSignal): Promise<void> {
    await floor;
    for (let waitMs = waitMsOf(key); waitMs > 0; waitMs = waitMsOf(key)) {
      await timers.wait(Math.min(waitMs, LOOK_AGAIN_MS), signal);
    }
    signal.throwIfAborted();
  }

  return {
    waitMsOf,
    count: () => waiting,
    async enter(key, notBeforeMs, signal) {
      if (waiting >= MOST_WAITING) return null;
      waiting += 1;
      const before = last.get(key);
      const ended = Promise.withResolvers<void>();
      const own = ended.promise;
      last.set(key, own);
      const leave = () => {
        ended.resolve();
        if (last.get(key) === own) last.delete(key);
      };
      // From its entry on: who was refused at its turn and comes again behind others must not get the next at once.
      // Otherwise two such calls would hand it to each other, and the process would do nothing else.
      const floor = timers.wait(notBeforeMs, signal);
      floor.catch(() => undefined);
      try {
        if (before !== undefined) await unlessAborted(before, signal);
        await recovery(key, floor, signal);
        return { [Symbol.dispose]: leave };
      } catch (error) {
        // Whoever waits behind waits for the ones before, not for this one.
        if (before === undefined) leave();
        else void before.then(leave);
        throw error;
      } finally {
        waiting -= 1;
      }
    },
  };
}
