import type { InputReader } from '../system/input/reader.ts';
import { anything } from '../system/input/rules.ts';
import type { PolicyNarrowing } from './narrow.ts';
import { checkPatterns, patternListRule, policyRules, type WeightsInput } from './policy-fields.ts';
import type { PolicyName } from './policy.ts';

/** A narrowing as its caller writes it: weights and threshold 0..1. Null is as good as absent. */
export interface NarrowingInput extends WeightsInput {
  readonly policyName?: PolicyName | null | undefined;
  readonly fallbackEnabled?: boolean | null | undefined;
  readonly maxAttempts?: number | null | undefined;
  readonly complianceVetoThreshold?: number | null | undefined;
  readonly deniedModels?: readonly string[] | null | undefined;
}

/** The narrowing in the product's own units. Whether it widens its tenant's policy is for `narrowPolicy` to say. */
export function readNarrowing(input: InputReader<NarrowingInput>): PolicyNarrowing {
  const sent = {
    policyName: input.nullable('policyName', anything<PolicyName>()),
    qualityWeightPct: input.nullable('qualityWeight', policyRules.qualityWeight),
    latencyWeightPct: input.nullable('latencyWeight', policyRules.latencyWeight),
    costWeightPct: input.nullable('costWeight', policyRules.costWeight),
    fallbackEnabled: input.nullable('fallbackEnabled', anything<boolean>()),
    maxAttempts: input.nullable('maxAttempts', policyRules.maxAttempts),
    complianceVetoThresholdPct: input.nullable(
      'complianceVetoThreshold',
      policyRules.complianceVetoThreshold,
    ),
    deniedModels: input.nullable('deniedModels', patternListRule),
  };
  checkPatterns(sent.deniedModels, input, 'deniedModels');
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
}
