import { InputReader, type Checked } from '../system/input/reader.ts';
import { anything } from '../system/input/rules.ts';
import {
  checkPatterns,
  checkWeightSum,
  policyListRule,
  policyRules,
  STRICT_FALLBACK_MESSAGE,
  type NumericField,
} from './policy-fields.ts';
import type { PolicyName, RoutingPolicy } from './policy.ts';
import { policyPresets } from './presets.ts';

/** What to change of a policy, as its caller writes it: weights and thresholds 0..1, the penalty in percent. */
export type PolicyPatch = {
  /** Absent keeps. Null clears, which only a list allows. */
  readonly [Field in NumericField]?: number | null | undefined;
} & {
  readonly policyName?: PolicyName | null | undefined;
  readonly fallbackEnabled?: boolean | null | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly deniedModels?: readonly string[] | null | undefined;
};

/**
 * The policy after a change, or an issue for each field that cannot be so. A policy's name brings its preset's
 * weights, fallback and margin; what is sent along stands in their place. The version stays.
 */
export function changePolicy(policy: RoutingPolicy, patch: PolicyPatch): Checked<RoutingPolicy> {
  const input = new InputReader(patch);
  return input.checked(readChange(policy, input));
}

/** As `changePolicy`, of a patch that stands within another input. */
export function readChange(policy: RoutingPolicy, input: InputReader<PolicyPatch>): RoutingPolicy {
  const { policyName: named } = input.raw;
  const preset = named == null ? policy : policyPresets[named];
  const weights = {
    qualityWeightPct: input.kept('qualityWeight', policyRules.qualityWeight, preset.qualityWeightPct),
    latencyWeightPct: input.kept('latencyWeight', policyRules.latencyWeight, preset.latencyWeightPct),
    costWeightPct: input.kept('costWeight', policyRules.costWeight, preset.costWeightPct),
  };
  const areWeightsSound = input.isSound();
  const penalty = policyRules.fallbackCostPenaltyPct;
  const threshold = policyRules.complianceVetoThreshold;
  const margin = policyRules.nearEqualMargin;
  const changed: RoutingPolicy = {
    ...policy,
    ...weights,
    fallbackCostPenaltyBps: input.kept('fallbackCostPenaltyPct', penalty, policy.fallbackCostPenaltyBps),
    complianceVetoThresholdPct: input.kept(
      'complianceVetoThreshold',
      threshold,
      policy.complianceVetoThresholdPct,
    ),
    nearEqualMarginPct: input.kept('nearEqualMargin', margin, preset.nearEqualMarginPct),
    maxAttempts: input.kept('maxAttempts', policyRules.maxAttempts, policy.maxAttempts),
    timeoutMs: input.kept('timeoutMs', policyRules.timeoutMs, policy.timeoutMs),
    policyName: input.kept('policyName', anything<PolicyName>(), policy.policyName),
    fallbackEnabled: input.kept('fallbackEnabled', anything<boolean>(), preset.fallbackEnabled),
    allowedModels: input.kept('allowedModels', policyListRule, policy.allowedModels, []),
    deniedModels: input.kept('deniedModels', policyListRule, policy.deniedModels, []),
  };
  if (changed.policyName === 'strict_no_fallback' && changed.fallbackEnabled) {
    input.refuse(STRICT_FALLBACK_MESSAGE, 'fallbackEnabled');
  }
  // Weights that are faulty by themselves make no sum worth speaking of.
  if (areWeightsSound) checkWeightSum(weights, input);
  for (const list of ['allowedModels', 'deniedModels'] as const) {
    if (input.raw[list] === changed[list]) checkPatterns(changed[list], input, list);
  }
  return changed;
}
