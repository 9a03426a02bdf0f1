import type { Clock } from '../../../src/system/clock.ts';
import type { Timers } from '../../../src/system/timers.ts';

interface Pending {
  readonly dueMs: number;
  readonly task: () => void;
}

/** A clock and timers that a test moves by hand. */
export interface ManualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Moves time, running what falls due in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** How many timers are waiting. */
  pending(): number;
}

/** Time that stands still until it is moved. */
export function createManualTime(startMs = 1_700_000_000_000): ManualTime {
  let elapsedMs = 0;
  const waiting = new Set<Pending>();
  const after = (delayMs: number, task: () => void): Disposable => {
    const entry: Pending = { dueMs: elapsedMs + Math.max(0, delayMs), task };
    waiting.add(entry);
    return { [Symbol.dispose]: () => void waiting.delete(entry) };
  };
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  return {
    clock: { now: () => startMs + elapsedMs, monotonicMs: () => elapsedMs },
    timers: {
      after,
      wait: (delayMs, signal) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(signal.reason as Error);
          const timer = after(delayMs, resolve);
          signal.addEventListener(
            'abort',
            () => {
              timer[Symbol.dispose]();
              reject(signal.reason as Error);
            },
            { once: true },
          );
        }),
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (;;) {
        const next = [...waiting]
          .filter((entry) => entry.dueMs <= untilMs)
          .sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined) break;
        waiting.delete(next);
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.task();
        await settle();
      }
      elapsedMs = untilMs;
      await settle();
    },
    pending: () => waiting.size,
  };
}
