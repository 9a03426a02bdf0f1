import type { Breaker, BreakerPhase, BreakerSignal, Wary } from './breaker.ts';
import { keep, machineReasons, move, stay, type Step } from './step.ts';

// What becomes of a breaker that the calls of one tenant alone have opened: the rows of `machine.ts` that look into it.

/** For how long a tenant's failures alone do not trip, once they have and the model was well. */
export const WARY_MS = 10 * 60_000;

/** Of so many tenants that is remembered for a breaker. */
export const MOST_WARY = 8;

/** How a probe ended, by whom it was admitted. */
export interface ProbeOutcome {
  /** That of the breaker when the probe was won. */
  readonly generation: number;
  readonly token: string;
  readonly signal: BreakerSignal;
  /** What the provider asked for, where it did. */
  readonly retryAfterMs: number | null;
  /** By how much the next cool-off is lengthened, so that models do not come back in step: 0..0.1. */
  readonly jitter: number;
}

/**
 * Makes the caller the one who finds out whether a breaker that one tenant's calls have opened keeps others from a model
 * that is well, until the lease ends; null: there is nothing to find out, or somebody else does.
 */
export function claimClearing(
  breaker: Breaker,
  { token, leaseMs }: { readonly token: string; readonly leaseMs: number },
  now: number,
): Step | null {
  const { phase, control } = breaker;
  if (control.mode !== 'AUTO' || !isSuspected(phase, now)) return null;
  const probe = { token, leaseUntil: now + leaseMs };
  return keep(breaker, { ...phase, suspicion: { ...phase.suspicion, probe } });
}

/** Whether one tenant's calls have opened it, and nobody finds out yet whether that is all. */
export function isSuspected(
  phase: BreakerPhase,
  now: number,
): phase is Extract<BreakerPhase, { state: 'OPEN' }> &
  Required<Pick<Extract<BreakerPhase, { state: 'OPEN' }>, 'suspicion'>> {
  return phase.state === 'OPEN' && phase.suspicion?.probe === null && now < phase.openUntil;
}

/** What was found out: the model is well, or the breaker stays open as long as any other. */
export function settleClearing(breaker: Breaker, outcome: ProbeOutcome, now: number): Step {
  const { phase } = breaker;
  if (phase.state !== 'OPEN' || phase.suspicion?.probe?.token !== outcome.token) return stay(breaker);
  const { suspicion: _lookedInto, ...open } = phase;
  if (now >= phase.suspicion.probe.leaseUntil) return stay(breaker);
  if (outcome.signal !== 'success') {
    return keep(breaker, open, outcome.signal === 'failure' ? { lastFailureAt: now } : {});
  }
  const { tenant } = phase.suspicion;
  const others = (breaker.wary ?? []).filter((one) => one.tenant !== tenant && one.until > now);
  const wary: readonly Wary[] = [...others, { tenant, until: now + WARY_MS }].slice(-MOST_WARY);
  return move(
    { ...breaker, wary },
    {
      now,
      phase: { state: 'CLOSED', failures: [] },
      reason: machineReasons.cleared,
      stamps: { lastSuccessAt: now },
    },
  );
}

/** Whether this tenant's failures alone do not trip, for now. */
export function isWaryOf({ wary = [] }: Breaker, tenant: string | null, now: number): boolean {
  return wary.some((one) => one.tenant === tenant && one.until > now);
}
