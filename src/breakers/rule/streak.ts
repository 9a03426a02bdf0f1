import type { BreakerRule } from './breaker.ts';

/** Whether so many of these failures in a row as trip lie within the window, wherever it begins. Ascending instants. */
export function trips(failures: readonly number[], { threshold, windowMs }: BreakerRule): boolean {
  return failures.some((newest, index) => {
    const oldest = failures[index - threshold + 1];
    return oldest !== undefined && newest - oldest <= windowMs;
  });
}

/** The failures that the next one may still count with: none older than the newest by more than the window. */
export function withinWindow(failures: readonly number[], { windowMs }: BreakerRule): readonly number[] {
  const newest = failures.at(-1);
  return newest === undefined ? [] : failures.filter((at) => newest - at <= windowMs);
}
