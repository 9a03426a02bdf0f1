import type { Candidate } from './plan-input.ts';

/** What stands against a candidate in every call that asks for the same under the same policy; in order. */
export const standingReasons = ['DISABLED', 'NOT_ALLOWED', 'COMPLIANCE_VETO', 'MISSING_CAPABILITY'] as const;

/** What stands against it in this call, at this moment; in order. */
export const passingReasons = [
  'CONTEXT_TOO_SMALL',
  'REASONING_FLOOR',
  'OVER_BUDGET',
  'HARD_DOWN',
  'BREAKER_OPEN',
  'RATE_LIMITED',
] as const;

/** Why a candidate is not eligible, in the order in which the reasons are examined. */
export const rejectionReasons = [...standingReasons, ...passingReasons] as const;

export type StandingReason = (typeof standingReasons)[number];
export type PassingReason = (typeof passingReasons)[number];

export type RejectionReason = (typeof rejectionReasons)[number];

export interface RejectedCandidate {
  readonly candidate: Candidate;
  readonly reason: RejectionReason;
  /** One sentence for people. */
  readonly detail: string;
  /** When waiting would help: milliseconds. */
  readonly retryAfterMs: number | null;
}

/** What a call of a candidate is expected to take. */
export interface Estimates {
  readonly latencyMs: number;
  /** Integer micro-USD. */
  readonly costMicroUsd: number;
  readonly atsBps: number;
  /** Output tokens sent to the provider, the floor included. */
  readonly outputBudgetTokens: number;
  /** The budget was raised for the reasoning floor. */
  readonly reasoningFloorApplied: boolean;
  /** The request's maxOutputTokens exceeded the model's limit and was lowered to it. */
  readonly outputBudgetLowered: boolean;
}

/** The parts of a score: `(quality + latency + cost) × reliability × headroom`, the first three already weighted. */
export interface ScoreContributions {
  readonly quality: number;
  readonly latency: number;
  readonly cost: number;
  readonly reliability: number;
  readonly headroom: number;
  /** The penalty, in basis points, that ordered this candidate among the fallbacks; 0 when none applied. */
  readonly fallbackPenaltyBps: number;
}

export interface RankedCandidate {
  readonly candidate: Candidate;
  /** From 1. */
  readonly position: number;
  /** Raw, in [0, 1]. */
  readonly score: number;
  /** How likely a call puts it first, 0..1; those of a plan sum to 1. */
  readonly firstShare: number;
  /** It comes first because it answered the session's last call. */
  readonly affinity: boolean;
  readonly contributions: ScoreContributions;
  readonly estimates: Estimates;
  /** Whether the executor will try it, attempts permitting. */
  readonly inPlan: boolean;
  /** The attempt waits this long first (a cool-down or cool-off that ends within the deadline); null: at once. */
  readonly notBeforeMs: number | null;
}

/**
 * How the first of a plan came first. `nobody`: nothing may be called. `awaited`: nothing may be called yet, it recovers
 * soonest. `only`: nothing else is eligible. `session`: it answered the session's last call. `best`: no other is a near-equal. `drawn`: by chance among near-equals.
 * `undrawn`: it is the best of near-equals among whom nothing was drawn. `voters`: those in the plan are called together.
 */
export type FirstChoice = 'nobody' | 'awaited' | 'only' | 'session' | 'best' | 'drawn' | 'undrawn' | 'voters';

/** What will be tried, in order, and why nothing else will. */
export interface Plan {
  readonly ranked: readonly RankedCandidate[];
  readonly firstChoice: FirstChoice;
  /** The margin within which near-equals share the first place, hundredths. */
  readonly nearEqualMarginPct: number;
  /** Simulated models take part: no real one can be called under the tenant's policy. */
  readonly standInsServe: boolean;
  /** In order of key. */
  readonly rejected: readonly RejectedCandidate[];
  /** The whole call's time, milliseconds. */
  readonly timeoutMs: number;
  /** Provider calls the executor may make. */
  readonly maxAttempts: number;
}
