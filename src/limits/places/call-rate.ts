/**
 * How often something happens, over a window that slides: of the last one the share that it still covers counts. Costs
 * a comparison and an addition each time, and is as exact as limits need.
 */
export interface CallRate {
  readonly windowMs: number;
  beganMs: number;
  /** In the present window, and in the one before it; null: there was none. */
  count: number;
  before: number | null;
  lastMs: number;
}

/** What is counted by the second is not told by less than one. */
const LEAST_OBSERVED_MS = 1_000;

/** Nothing has happened yet. */
export function openCallRate(windowMs: number, now: number): CallRate {
  return { windowMs, beganMs: now, count: 0, before: null, lastMs: now };
}

/** It happens once more. `now` never decreases from call to call. */
export function countCall(rate: CallRate, now: number): void {
  slide(rate, now);
  rate.count += 1;
  rate.lastMs = now;
}

/** So often a second, as it was when it happened last. */
export function lastPerSecond(rate: CallRate): number {
  const observedMs = rate.lastMs - rate.beganMs;
  if (rate.before === null) return (rate.count * 1_000) / Math.max(LEAST_OBSERVED_MS, observedMs);
  const covered = 1 - observedMs / rate.windowMs;
  return ((rate.count + rate.before * covered) * 1_000) / rate.windowMs;
}

/** So often a second until now. */
export function perSecondAt(rate: CallRate, now: number): number {
  slide(rate, now);
  const covered = 1 - (now - rate.beganMs) / rate.windowMs;
  return ((rate.count + (rate.before ?? 0) * covered) * 1_000) / rate.windowMs;
}

function slide(rate: CallRate, now: number): void {
  const passedMs = now - rate.beganMs;
  if (passedMs < rate.windowMs) return;
  const isNext = passedMs < 2 * rate.windowMs;
  // After a silence what comes is observed anew.
  rate.before = isNext ? rate.count : null;
  rate.beganMs = isNext ? rate.beganMs + rate.windowMs : now;
  rate.count = 0;
}
