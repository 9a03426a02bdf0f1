import { InputReader, type Checked } from '../system/input/reader.ts';
import { checkWeightSum, STRICT_FALLBACK_MESSAGE } from './policy-fields.ts';
import type { PolicyName, PolicyWeights, RoutingPolicy } from './policy.ts';
import { policyPresets } from './presets.ts';

/** What a single request may ask of its tenant's policy: always stricter, never wider. Absent fields keep. */
export interface PolicyNarrowing {
  readonly policyName?: PolicyName;
  readonly qualityWeightPct?: number;
  readonly latencyWeightPct?: number;
  readonly costWeightPct?: number;
  readonly fallbackEnabled?: boolean;
  readonly maxAttempts?: number;
  readonly complianceVetoThresholdPct?: number;
  readonly deniedModels?: readonly string[];
}

/**
 * The policy that one request is planned under, or an issue for each wish that would widen the tenant's policy; paths
 * are those of the request's input. Other weights are no widening: those sent stand in place of the named preset's,
 * else of the tenant's, and all three must then sum to 1.
 */
export function narrowPolicy(
  policy: RoutingPolicy,
  narrowing: PolicyNarrowing,
  requestTimeoutMs: number | null,
): Checked<RoutingPolicy> {
  // The same object, for whoever has worked something out from it.
  if (requestTimeoutMs === null && isEmpty(narrowing)) return { ok: true, value: policy };
  const preset = narrowing.policyName === undefined ? policy : policyPresets[narrowing.policyName];
  const weights: PolicyWeights = {
    qualityWeightPct: narrowing.qualityWeightPct ?? preset.qualityWeightPct,
    latencyWeightPct: narrowing.latencyWeightPct ?? preset.latencyWeightPct,
    costWeightPct: narrowing.costWeightPct ?? preset.costWeightPct,
  };
  const narrowed: RoutingPolicy = {
    ...policy,
    ...weights,
    policyName: narrowedName(policy, narrowing),
    fallbackEnabled: policy.fallbackEnabled && preset.fallbackEnabled && (narrowing.fallbackEnabled ?? true),
    nearEqualMarginPct:
      narrowing.policyName === 'strict_no_fallback' ? preset.nearEqualMarginPct : policy.nearEqualMarginPct,
    maxAttempts: narrowing.maxAttempts ?? policy.maxAttempts,
    complianceVetoThresholdPct: narrowing.complianceVetoThresholdPct ?? policy.complianceVetoThresholdPct,
    deniedModels:
      narrowing.deniedModels === undefined
        ? policy.deniedModels
        : [...new Set([...policy.deniedModels, ...narrowing.deniedModels])],
    timeoutMs: requestTimeoutMs ?? policy.timeoutMs,
  };
  const input = new InputReader(narrowing);
  checkWeightSum(weights, input.within(sentWeights(narrowing), 'policy'));
  checkFallback(policy, input);
  if (narrowed.maxAttempts > policy.maxAttempts) {
    input.refuse(`the tenant's policy allows at most ${policy.maxAttempts}`, 'policy', 'maxAttempts');
  }
  const thresholdPct = policy.complianceVetoThresholdPct;
  if (narrowed.complianceVetoThresholdPct < thresholdPct) {
    const least = (thresholdPct / 100).toFixed(2);
    input.refuse(`the tenant's policy demands at least ${least}`, 'policy', 'complianceVetoThreshold');
  }
  if (narrowed.timeoutMs > policy.timeoutMs) {
    input.refuse(`the tenant's policy allows at most ${policy.timeoutMs}`, 'timeoutMs');
  }
  return input.checked(narrowed);
}

function isEmpty(narrowing: PolicyNarrowing): boolean {
  for (const _ in narrowing) return false;
  return true;
}

/** A tenant's strict policy means one provider call, whatever weights a request prefers. */
function narrowedName(policy: RoutingPolicy, narrowing: PolicyNarrowing): PolicyName {
  if (policy.policyName === 'strict_no_fallback') return policy.policyName;
  return narrowing.policyName ?? policy.policyName;
}

function sentWeights({ qualityWeightPct, latencyWeightPct, costWeightPct }: PolicyNarrowing) {
  return { qualityWeight: qualityWeightPct, latencyWeight: latencyWeightPct, costWeight: costWeightPct };
}

function checkFallback(policy: RoutingPolicy, input: InputReader<PolicyNarrowing>): void {
  const { fallbackEnabled, policyName } = input.raw;
  if (fallbackEnabled !== true) return;
  const path = ['policy', 'fallbackEnabled'];
  if (policyName === 'strict_no_fallback') input.refuse(STRICT_FALLBACK_MESSAGE, ...path);
  else if (!policy.fallbackEnabled) {
    input.refuse("the tenant's policy has fallback switched off", ...path);
  }
}
