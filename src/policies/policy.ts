/** The named starting points of a policy. */
export const policyNames = [
  'balanced',
  'cost_first',
  'quality_first',
  'latency_first',
  'strict_no_fallback',
] as const;

export type PolicyName = (typeof policyNames)[number];

/** How much each axis counts: integer hundredths (percent), 0..100 each, 100 together. */
export interface PolicyWeights {
  readonly qualityWeightPct: number;
  readonly latencyWeightPct: number;
  readonly costWeightPct: number;
}

/** A tenant's rules of routing. Fractions are integers of their smallest stored step, never binary floats. */
export interface RoutingPolicy extends PolicyWeights {
  readonly policyName: PolicyName;
  readonly fallbackEnabled: boolean;
  /** Hundredths of a percent (basis points), 0..10000: 500 is 5.00 %. */
  readonly fallbackCostPenaltyBps: number;
  /** Percent, 0..100: 50 is a threshold of 0.50. */
  readonly complianceVetoThresholdPct: number;
  /** Hundredths, 0..20: candidates whose scores lie less than this below the best share the first place; 0: the best alone. */
  readonly nearEqualMarginPct: number;
  /** Provider calls per routed call, retries included, 1..10. */
  readonly maxAttempts: number;
  /** The whole call's time, 100..600000. */
  readonly timeoutMs: number;
  /** Model patterns; empty allows all. */
  readonly allowedModels: readonly string[];
  /** Model patterns; deny wins over allow. */
  readonly deniedModels: readonly string[];
  /** Increases by one with each change. */
  readonly version: number;
}

/** A policy as it is stored for a tenant. */
export interface TenantPolicy extends RoutingPolicy {
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}
