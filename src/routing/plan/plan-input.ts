import type { CandidateFacts } from '../../catalog/catalog-view.ts';
import type { PlannedCapability } from '../../catalog/planned-capabilities.ts';
import type { PolicyNarrowing } from '../../policies/narrow.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';

/**
 * Everything that decides a plan, under this policy or another one: integers, texts and remaining milliseconds, never instants.
 * The same PlanInput gives the same Plan, bit for bit, on any machine; it is what a decision stores.
 */
export interface PlanInput {
  readonly plannerVersion: number;
  /** The first 48 bits of SHA-256(decision id), 0..2^48-1: decides among near-equal first choices. Null: the best is first. */
  readonly draw: number | null;
  readonly request: RequestFacts;
  /** The tenant's policy as narrowed by the request. */
  readonly policy: RoutingPolicy;
  /**
   * Simulated models take part, because no real one can be called under the tenant's policy; the request's narrowing
   * of it does not count.
   */
  readonly standInsServe: boolean;
  /** How many models are asked at once, for a vote; absent: one answer is wanted. */
  readonly voters?: number;
  /** In order of key. */
  readonly candidates: readonly Candidate[];
}

/** What planning needs to know of a request; no prompt. */
export interface RequestFacts {
  readonly taskType: string;
  readonly estimatedInputTokens: number;
  readonly maxOutputTokens: number | null;
  /** Named by the caller or implied by the input (tools, images, a JSON schema). */
  readonly requires: readonly PlannedCapability[];
  /** Model patterns; null means all that the policy allows. */
  readonly models: readonly string[] | null;
  readonly maxCostMicroUsd: number | null;
  /** The whole call's time, milliseconds. */
  readonly timeoutMs: number;
  /**
   * What the request asked of its tenant's policy: the policy beside it has it already; to plan the request under
   * another policy it must be applied to that. Null: nothing.
   */
  readonly narrowing: RequestNarrowing | null;
  /** The model that answered the request's session last, by its key, while its prompt cache is warm; null: none. */
  readonly affinity: string | null;
  /** Vectors are wanted, and no answer: how many tokens the longest text has at least. Absent: an answer is wanted. */
  readonly embedding?: { readonly longestInputTokens: number };
}

/** A request's wishes for its tenant's policy. */
export interface RequestNarrowing {
  readonly policy: PolicyNarrowing;
  /** Milliseconds; null: the policy's. */
  readonly timeoutMs: number | null;
}

/**
 * A model with its live measures, as one request sees it. A `stand_in` may be called all the same when stand-ins
 * serve, or when the request or the policy's `allowedModels` names it.
 */
export interface Candidate extends CandidateFacts {
  /** The ATS of the request's task type, else the model's overall one; null when neither is known. 0..10000. */
  readonly atsBps: number | null;
  readonly measures: Measures;
}

/** What is known of a model's present behaviour. */
export interface Measures {
  /** Observed / expected latency, thousandths; 1000 is as expected. */
  readonly latencyRatioPermille: number;
  /** Decayed counts, hundredths. */
  readonly successesHundredths: number;
  readonly failuresHundredths: number;
  /** Share of the provider's allowance that is left for scoring, thousandths; 1000 while there is plenty. */
  readonly headroomPermille: number;
  /**
   * Milliseconds until the breaker may admit a call; null while it admits. 0: it is due for a probe, which a
   * user's call becomes only when nothing else is eligible.
   */
  readonly breakerRetryAfterMs: number | null;
  /** Milliseconds until the provider's cool-down ends; null when there is none. */
  readonly coolDownMs: number | null;
  /** Milliseconds until a hard-down ends (bad key, no such model, no money); null when there is none. */
  readonly hardDownMs: number | null;
}

/** Stands for "until further notice" where milliseconds are told, as for a breaker forced open without an end. */
export const endlessMs = Number.MAX_SAFE_INTEGER;

/** A model of which nothing has been observed: the catalog's expectations stand. */
export const unobserved: Measures = {
  latencyRatioPermille: 1000,
  successesHundredths: 0,
  failuresHundredths: 0,
  headroomPermille: 1000,
  breakerRetryAfterMs: null,
  coolDownMs: null,
  hardDownMs: null,
};
