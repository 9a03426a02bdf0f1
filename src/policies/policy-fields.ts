import type { InputReader } from '../system/input/reader.ts';
import { decimal, integer, type Rule } from '../system/input/rules.ts';
import { isModelPattern } from './model-pattern.ts';
import type { PolicyWeights } from './policy.ts';

const weight = decimal(1, 2);

/** What every number of a policy may be, by the name that callers use. The database's CHECKs say the same. */
export const policyRules = {
  qualityWeight: weight,
  latencyWeight: weight,
  costWeight: weight,
  fallbackCostPenaltyPct: decimal(100, 2),
  complianceVetoThreshold: decimal(1, 2),
  nearEqualMargin: decimal(0.2, 2),
  maxAttempts: integer(1, 10),
  timeoutMs: integer(100, 600_000),
} as const;

/** A number of a policy. */
export type NumericField = keyof typeof policyRules;

/** The fields that together sum to 1. */
export const weightFields = ['qualityWeight', 'latencyWeight', 'costWeight'] as const;

/** Weights as their caller writes them. */
export type WeightsInput = { readonly [Field in (typeof weightFields)[number]]?: number | null | undefined };

/** A list of model patterns of a request, as far as its length tells: `checkPatterns` says the rest. */
export const patternListRule = atMost(200);

/** The same of a tenant's policy, which is read by every call. */
export const policyListRule = atMost(1000);

function atMost(entries: number): Rule<readonly string[], readonly string[]> {
  return {
    read: (patterns) => (patterns.length <= entries ? patterns : undefined),
    message: `must have at most ${entries} entries`,
  };
}

/** What is wrong with a text that cannot name models. */
export const PATTERN_MESSAGE = 'must be `provider/model` or `provider/*`';

export const STRICT_FALLBACK_MESSAGE = 'must be false under STRICT_NO_FALLBACK';

/** Refuses the weights, once and by the first that was sent, when all three together do not make exactly 1. */
export function checkWeightSum(weights: PolicyWeights, sent: InputReader<WeightsInput>): void {
  const sum = weights.qualityWeightPct + weights.latencyWeightPct + weights.costWeightPct;
  if (sum === 100) return;
  const message = `quality, latency and cost weight must sum to 1.00; with this they sum to ${(sum / 100).toFixed(2)}`;
  const [field] = weightFields.filter((each) => sent.raw[each] != null);
  if (field !== undefined) sent.refuse(message, field);
}

/** Refuses each text of a list that cannot name models. */
export function checkPatterns(
  patterns: readonly string[] | null | undefined,
  input: InputReader<object>,
  list: string,
): void {
  patterns?.forEach((pattern, index) => {
    if (!isModelPattern(pattern)) input.refuse(PATTERN_MESSAGE, list, index);
  });
}
