import type { Breaker, BreakerPhase, BreakerRule, Probe } from './breaker.ts';
import { isModeOver } from './mode.ts';

/** What a breaker answers to a call, from memory. */
export type BreakerAdmission =
  /** `generation`: what the call's outcome will be counted under. */
  | { readonly kind: 'admit'; readonly generation: number }
  /** Nobody may call but one prober, who has yet to be found. */
  | { readonly kind: 'probe_due'; readonly generation: number }
  /** `retryAfterMs`: whole milliseconds; null: until further notice. */
  | { readonly kind: 'refuse'; readonly retryAfterMs: number | null };

/** Below this an attempt that runs out of time may say more of its caller than of the model. */
export const LEAST_PROBE_MS = 5_000;

/** The largest number that clients can be told, 24 days: an operator may force a breaker for longer. */
const LONGEST_REST_MS = 2 ** 31 - 1;

/** What the breaker answers at `now`, by the clock of its instants. */
export function admissionOf(breaker: Breaker, now: number): BreakerAdmission {
  const { control, generation } = breaker;
  if (control.mode === 'FORCED_OPEN' && !isModeOver(control, now)) {
    return { kind: 'refuse', retryAfterMs: control.until === null ? null : restMs(control.until, now) };
  }
  const dueAt = nextProbeAtOf(breaker);
  if (dueAt === null) return { kind: 'admit', generation };
  return now < dueAt
    ? { kind: 'refuse', retryAfterMs: restMs(dueAt, now) }
    : { kind: 'probe_due', generation };
}

/** When a probe may begin, which may have been long ago; null: none is wanted. */
export function nextProbeAtOf({ phase, control }: Breaker): number | null {
  if (control.mode !== 'AUTO' || phase.state === 'CLOSED') return null;
  return phase.state === 'OPEN' ? phase.openUntil : (phase.probe?.leaseUntil ?? phase.nextProbeAt);
}

/** Whether somebody tries the model at this moment: it may close at any other. */
export function isBeingProbed({ phase, control }: Breaker, now: number): boolean {
  const probe = probeOf(phase);
  return control.mode === 'AUTO' && probe !== null && now < probe.leaseUntil;
}

/** The call that finds out how the model is, if one does. */
export function probeOf(phase: BreakerPhase): Probe | null {
  if (phase.state === 'CLOSED') return null;
  return phase.state === 'OPEN' ? (phase.suspicion?.probe ?? null) : phase.probe;
}

/**
 * Whether an attempt has time enough to be the probe. `expectedMs`: the expected latency that scores are made from;
 * what a whole output budget would take is more than most callers have, and no call would ever probe.
 */
export function mayProbe(attemptTimeMs: number, expectedMs: number, { coolOffMs }: BreakerRule): boolean {
  // Where even the cool-off is shorter, times are scaled down and no attempt may be that long. To let one probe too
  // many is the cheap mistake: it is neutral and costs a second's rest, where refusing all keeps the model shut.
  return attemptTimeMs >= Math.max(Math.min(LEAST_PROBE_MS, coolOffMs), 3 * expectedMs);
}

/** Rounded up: who waits so long is not refused again, unless it is longer than anybody waits. */
function restMs(until: number, now: number): number {
  return Math.min(LONGEST_REST_MS, Math.ceil(until - now));
}
