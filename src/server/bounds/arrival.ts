/** How long a body or a message may take before it is asked how fast it comes. */
export const SLOW_GRACE_MS = 10_000;

/** Bytes a second that it must come with on average by then. */
export const LEAST_BYTES_PER_SECOND = 64 * 1024;

/** How long it may take at all: the largest comes within it at a megabit and a half a second. */
export const LONGEST_ARRIVAL_MS = 60_000;

/** How often what is still coming is looked at. */
export const ARRIVAL_CHECK_MS = 5_000;

/** Whether what has come of a body or a message in that time shows a sender that will not be waited for. */
export function isTooSlow(elapsedMs: number, bytes: number): boolean {
  if (elapsedMs < SLOW_GRACE_MS) return false;
  return elapsedMs >= LONGEST_ARRIVAL_MS || bytes * 1000 < LEAST_BYTES_PER_SECOND * elapsedMs;
}
