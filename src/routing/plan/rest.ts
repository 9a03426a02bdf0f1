import type { RankedCandidate } from './plan.ts';

/** What the walk waits for before its next attempt. */
export type Rest =
  | { readonly kind: 'none' }
  /** A moment before the same model is tried again. */
  | { readonly kind: 'backoff'; readonly ms: number }
  /**
   * The end of a cool-down or cool-off, and then its turn among all calls that wait for this model. `ms` is when that
   * is expected; another instance's probe may end sooner, so nothing but `floorMs` is sat out.
   */
  | { readonly kind: 'recovery'; readonly ms: number; readonly floorMs: number };

/** Nothing. */
export const atOnce: Rest = { kind: 'none' };

/** A candidate that asked for a pause, which ends at this instant of the monotonic clock. */
export interface Limited {
  readonly ranked: RankedCandidate;
  readonly readyMs: number;
}

/** Of those that asked for a pause the one that may be asked again first, and how long that is from now. */
export function soonestOf(
  limited: readonly Limited[],
  nowMs: number,
  waitMsOf: (key: string) => number,
): { readonly ranked: RankedCandidate; readonly waitMs: number } | undefined {
  const [soonest] = limited
    .map(({ ranked, readyMs }) => ({
      ranked,
      waitMs: Math.max(0, readyMs - nowMs, waitMsOf(ranked.candidate.key)),
    }))
    .sort((one, other) => one.waitMs - other.waitMs);
  return soonest;
}

/** The shortest wait for a model that refuses without saying for how long, and the longest before it is asked again. */
const recoveryBoundsMs = { least: 50, most: 1_000 };

/** Waiting for a model that recovers in so many milliseconds; null: nobody needs to wait. */
export function recovery(waitMs: number | null): Rest {
  if (waitMs === null) return atOnce;
  const ms = Math.max(waitMs, recoveryBoundsMs.least);
  return { kind: 'recovery', ms, floorMs: Math.min(ms, recoveryBoundsMs.most) };
}
