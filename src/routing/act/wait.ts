import type { RankedCandidate } from '../plan/plan.ts';

/**
 * A candidate that said "not now".
 *
 * | by          | who said it                                  | the call waits for it            | may recover sooner |
 * |-------------|----------------------------------------------|----------------------------------|--------------------|
 * | provider    | its provider, with a 429                     | when nobody else is left         | no                 |
 * | limits      | our own account of its provider's limits     | when nobody else is left         | yes                |
 * | breaker     | its breaker                                  | the same, while nothing was sent | yes                |
 * | probe       | its breaker, while a call tries the model    | the same, for all of its time    | at any moment      |
 * | place       | as many calls as may be are in flight, or it has just recovered and is given few | when nobody else is left | at any moment |
 * | report_only | anyone whom this call does not call any more | never, but its caller may        |                    |
 */
export interface Wait {
  readonly by: 'provider' | 'limits' | 'breaker' | 'probe' | 'place' | 'report_only';
  readonly ranked: RankedCandidate;
  /** On the monotonic clock. */
  readonly readyMs: number;
  /** How long it was from then, milliseconds; null: nobody has said. */
  readonly retryAfterMs: number | null;
  /** Its breaker keeps it; absent: nothing but a cool-down. */
  readonly isShut?: boolean;
}

/** What is waited for before a call. */
export type Pause =
  | { readonly kind: 'none' }
  /** The time between two tries of one model. */
  | { readonly kind: 'backoff'; readonly ms: number }
  /**
   * The end of a cool-down or cool-off, and then the call's turn among all that wait for this model. `ms` is when that
   * is expected; another instance's probe may end sooner, so nothing but `floorMs` is sat out. `isShut`: as in `Wait`.
   */
  | {
      readonly kind: 'recovery';
      readonly ms: number;
      readonly floorMs: number;
      readonly isShut: boolean;
    }
  /** A place of one of these, the first that has one. */
  | { readonly kind: 'place'; readonly among: readonly RankedCandidate[] };

export const noPause: Pause = { kind: 'none' };

/** The shortest wait for a model that refuses without saying for how long. */
const LEAST_RECOVERY_MS = 50;

/** The longest before a model that may recover sooner is looked at again. */
const LONGEST_FLOOR_MS = 1_000;

/** The same for one that is being tried at this moment. */
const PROBED_FLOOR_MS = 250;

/** Of those that are waited for the one that is ready first, and the pause until then. */
export function soonestOf(
  waits: readonly Wait[],
  nowMs: number,
  waitMsOf: (key: string) => number,
): { readonly ranked: RankedCandidate; readonly pause: Exclude<Pause, { kind: 'none' }> } | undefined {
  let soonest: { wait: Wait; ms: number } | undefined;
  for (const wait of waits) {
    const ms =
      wait.by === 'probe'
        ? PROBED_FLOOR_MS
        : Math.max(LEAST_RECOVERY_MS, wait.readyMs - nowMs, waitMsOf(wait.ranked.candidate.key));
    if (soonest === undefined || ms < soonest.ms) soonest = { wait, ms };
  }
  if (soonest === undefined) return undefined;
  const { wait, ms } = soonest;
  if (wait.by === 'place') {
    const among = waits.filter(({ by }) => by === 'place').map(({ ranked }) => ranked);
    return { ranked: wait.ranked, pause: { kind: 'place', among } };
  }
  const floorMs = wait.by === 'provider' ? ms : Math.min(ms, LONGEST_FLOOR_MS);
  return { ranked: wait.ranked, pause: { kind: 'recovery', ms, floorMs, isShut: wait.isShut ?? false } };
}

/** The shortest wait that anybody named; null: nobody did. */
export function shortestMs(waits: readonly Wait[]): number | null {
  return waits.reduce<number | null>((shortest, { retryAfterMs: ms }) => {
    return ms === null || (shortest !== null && shortest <= ms) ? shortest : ms;
  }, null);
}
