import fc from 'fast-check';
import { policyNames, type RoutingPolicy } from '../../src/policies/policy.ts';

/** The policy of a tenant that never changed it. */
export const defaultPolicy: RoutingPolicy = {
  policyName: 'balanced',
  qualityWeightPct: 40,
  latencyWeightPct: 30,
  costWeightPct: 30,
  fallbackEnabled: true,
  fallbackCostPenaltyBps: 500,
  complianceVetoThresholdPct: 50,
  nearEqualMarginPct: 5,
  maxAttempts: 3,
  timeoutMs: 60_000,
  allowedModels: [],
  deniedModels: [],
  version: 1,
};

/** Any policy that a tenant may have whose lists of models are these. */
export const anyPolicyOver = (lists: fc.Arbitrary<string[]>): fc.Arbitrary<RoutingPolicy> =>
  fc
    .record({
      policyName: fc.constantFrom(...policyNames),
      fallback: fc.boolean(),
      split: fc.tuple(fc.nat(100), fc.nat(100)),
      fallbackCostPenaltyBps: fc.nat(10_000),
      complianceVetoThresholdPct: fc.nat(100),
      nearEqualMarginPct: fc.nat(20),
      maxAttempts: fc.integer({ min: 1, max: 10 }),
      timeoutMs: fc.integer({ min: 100, max: 600_000 }),
      allowedModels: lists,
      deniedModels: lists,
      version: fc.integer({ min: 1, max: 1000 }),
    })
    .map(({ fallback, split: [a, b], ...rest }) => ({
      ...rest,
      fallbackEnabled: fallback && rest.policyName !== 'strict_no_fallback',
      qualityWeightPct: Math.min(a, b),
      latencyWeightPct: Math.abs(a - b),
      costWeightPct: 100 - Math.max(a, b),
    }));

const pattern = fc.constantFrom('openai/*', 'openai/gpt-5', 'anthropic/claude', 'meta/llama/70b', 'xai/*');

/** Any policy that a tenant may have. */
export const anyPolicy = anyPolicyOver(fc.array(pattern, { maxLength: 3 }));
