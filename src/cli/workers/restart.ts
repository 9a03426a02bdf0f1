/** A worker that lived this long did not die of how it was started. */
const SOUND_MS = 10_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * How long to wait, in milliseconds, before a worker that has ended is started again: not at all after it has served
 * well, else twice as long each time, so that one which cannot start does not take the others' processors.
 */
export function restartPauseMs(livedMs: number, lastPauseMs: number): number {
  if (livedMs >= SOUND_MS) return 0;
  return Math.min(Math.max(2 * lastPauseMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}
