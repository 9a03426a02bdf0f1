import type { InputIssue } from '../system/expected-error.ts';
import { toScaledInteger } from '../system/decimal.ts';
import { isModelPattern } from './model-pattern.ts';
import type { PolicyWeights, RoutingPolicy } from './policy.ts';

/** How a number of a policy is called and bounded. */
interface NumericRule {
  /** The property of `RoutingPolicy` that holds it, in integers of its smallest step. */
  readonly property: NumericProperty;
  /** Decimals of the number as callers write it. */
  readonly decimals: number;
  /** Both ends are legal; in integers of the smallest step. */
  readonly min: number;
  readonly max: number;
}

type NumericProperty =
  | keyof PolicyWeights
  | 'fallbackCostPenaltyBps'
  | 'complianceVetoThresholdPct'
  | 'nearEqualMarginPct'
  | 'maxAttempts'
  | 'timeoutMs';

/** Every number of a policy, by the name that callers use. The database's CHECKs say the same. */
export const numericRules = {
  qualityWeight: { property: 'qualityWeightPct', decimals: 2, min: 0, max: 100 },
  latencyWeight: { property: 'latencyWeightPct', decimals: 2, min: 0, max: 100 },
  costWeight: { property: 'costWeightPct', decimals: 2, min: 0, max: 100 },
  fallbackCostPenaltyPct: { property: 'fallbackCostPenaltyBps', decimals: 2, min: 0, max: 10_000 },
  complianceVetoThreshold: { property: 'complianceVetoThresholdPct', decimals: 2, min: 0, max: 100 },
  nearEqualMargin: { property: 'nearEqualMarginPct', decimals: 2, min: 0, max: 20 },
  maxAttempts: { property: 'maxAttempts', decimals: 0, min: 1, max: 10 },
  timeoutMs: { property: 'timeoutMs', decimals: 0, min: 100, max: 600_000 },
} as const satisfies Record<string, NumericRule>;

export type NumericField = keyof typeof numericRules;

/** The fields that together sum to 1. */
export const weightFields = ['qualityWeight', 'latencyWeight', 'costWeight'] as const;

/** A number as its caller wrote it, in integers of the smallest step; undefined when it has more decimals. */
export function toSteps(field: NumericField, value: number): number | undefined {
  return toScaledInteger(value, numericRules[field].decimals);
}

/** Whether a number, in integers of the smallest step, lies between the field's bounds. */
export function isInBounds(field: NumericField, steps: number): boolean {
  const { min, max } = numericRules[field];
  return Number.isInteger(steps) && steps >= min && steps <= max;
}

/** The issue of a number that `toSteps` or `isInBounds` refused. */
export function boundsIssue(field: NumericField, path: readonly string[]): InputIssue {
  const { min, max, decimals } = numericRules[field];
  const [low, high] = [min / 10 ** decimals, max / 10 ** decimals];
  const precision = decimals === 0 ? 'a whole number' : `a number with at most ${decimals} decimals`;
  return { path, message: `must be ${precision} from ${low} to ${high}` };
}

/** The base's weights with those that were sent in their place. */
export function mergeWeights(base: PolicyWeights, sent: Partial<PolicyWeights>): PolicyWeights {
  return {
    qualityWeightPct: sent.qualityWeightPct ?? base.qualityWeightPct,
    latencyWeightPct: sent.latencyWeightPct ?? base.latencyWeightPct,
    costWeightPct: sent.costWeightPct ?? base.costWeightPct,
  };
}

/** One issue for each weight that was sent, when all three together do not make exactly 1. */
export function weightSumIssues(
  weights: PolicyWeights,
  sent: Partial<PolicyWeights>,
  at: readonly string[],
): InputIssue[] {
  const sum = weights.qualityWeightPct + weights.latencyWeightPct + weights.costWeightPct;
  if (sum === 100) return [];
  const message = `quality, latency and cost weight must sum to 1.00; with this they sum to ${(sum / 100).toFixed(2)}`;
  return weightFields
    .filter((field) => sent[numericRules[field].property] !== undefined)
    .map((field) => ({ path: [...at, field], message }));
}

/** One issue for each text of a list that cannot name models. */
export function patternIssues(patterns: readonly string[], at: readonly string[]): InputIssue[] {
  return patterns.flatMap((pattern, index) =>
    isModelPattern(pattern)
      ? []
      : [{ path: [...at, String(index)], message: 'must be `provider/model` or `provider/*`' }],
  );
}

/** The lists of model patterns that a policy has. */
export type PatternList = keyof Pick<RoutingPolicy, 'allowedModels' | 'deniedModels'>;
