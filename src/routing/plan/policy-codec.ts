import type { PolicyName, RoutingPolicy } from '../../policies/policy.ts';

/** A policy as positions. */
export type PackedPolicy = [
  policyName: PolicyName,
  weightsPct: readonly [quality: number, latency: number, cost: number],
  fallbackEnabled: boolean,
  fallbackCostPenaltyBps: number,
  complianceVetoThresholdPct: number,
  maxAttempts: number,
  timeoutMs: number,
  allowedModels: readonly string[],
  deniedModels: readonly string[],
  version: number,
  nearEqualMarginPct?: number,
];

/** The margin of planner version 1, which knew no other. */
const MARGIN_OF_OLD_PCT = 5;

const policyTexts = new WeakMap<RoutingPolicy, string>();

/** The JSON of a policy; that of a tenant's, which most requests leave as it is, is made once. */
export function encodePolicy(policy: RoutingPolicy): string {
  let text = policyTexts.get(policy);
  if (text === undefined) policyTexts.set(policy, (text = JSON.stringify(packPolicy(policy))));
  return text;
}

function packPolicy(policy: RoutingPolicy): PackedPolicy {
  return [
    policy.policyName,
    [policy.qualityWeightPct, policy.latencyWeightPct, policy.costWeightPct],
    policy.fallbackEnabled,
    policy.fallbackCostPenaltyBps,
    policy.complianceVetoThresholdPct,
    policy.maxAttempts,
    policy.timeoutMs,
    policy.allowedModels,
    policy.deniedModels,
    policy.version,
    policy.nearEqualMarginPct,
  ];
}

/** The policy that was packed, by this build or an earlier one. */
export function unpackPolicy(packed: PackedPolicy): RoutingPolicy {
  const [
    policyName,
    weightsPct,
    fallbackEnabled,
    fallbackCostPenaltyBps,
    complianceVetoThresholdPct,
    maxAttempts,
    timeoutMs,
    allowedModels,
    deniedModels,
    version,
    nearEqualMarginPct = MARGIN_OF_OLD_PCT,
  ] = packed;
  const [qualityWeightPct, latencyWeightPct, costWeightPct] = weightsPct;
  return {
    policyName,
    qualityWeightPct,
    latencyWeightPct,
    costWeightPct,
    fallbackEnabled,
    fallbackCostPenaltyBps,
    complianceVetoThresholdPct,
    nearEqualMarginPct,
    maxAttempts,
    timeoutMs,
    allowedModels,
    deniedModels,
    version,
  };
}
