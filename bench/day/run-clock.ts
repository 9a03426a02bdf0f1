import type { Clock } from '../../src/system/clock.ts';

/** A clock that a run moves; its origin is the beginning of the simulated time. */
export interface RunClock extends Clock {
  moveTo(atMs: number): void;
}

/** Stands at the beginning. */
export function createRunClock(): RunClock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    moveTo: (atMs) => void (nowMs = Math.max(nowMs, atMs)),
  };
}
