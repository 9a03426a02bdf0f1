import type { Clock } from './clock.ts';

/** This machine's clocks. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};
