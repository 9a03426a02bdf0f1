import { checked, type Checked } from '../system/checked.ts';
import type { InputIssue } from '../system/expected-error.ts';
import type { PolicyNarrowing } from './narrow.ts';
import { boundsIssue, numericRules, toSteps } from './policy-fields.ts';
import type { PolicyName } from './policy.ts';

const numberFields = [
  'qualityWeight',
  'latencyWeight',
  'costWeight',
  'maxAttempts',
  'complianceVetoThreshold',
] as const;

/** A narrowing as its caller writes it: weights and threshold 0..1. Null is as good as absent. */
export type NarrowingInput = {
  readonly [Field in (typeof numberFields)[number]]?: number | null | undefined;
} & {
  readonly policyName?: PolicyName | null | undefined;
  readonly fallbackEnabled?: boolean | null | undefined;
  readonly deniedModels?: readonly string[] | null | undefined;
};

/** The narrowing in the product's own units, or an issue for each number with too many decimals. */
export function readNarrowing(input: NarrowingInput): Checked<PolicyNarrowing> {
  const issues: InputIssue[] = [];
  const numbers: Partial<Record<(typeof numericRules)[(typeof numberFields)[number]]['property'], number>> =
    {};
  for (const field of numberFields) {
    const value = input[field];
    if (value == null) continue;
    const steps = toSteps(field, value);
    if (steps === undefined) issues.push(boundsIssue(field, ['policy', field]));
    else numbers[numericRules[field].property] = steps;
  }
  const narrowing: PolicyNarrowing = {
    ...numbers,
    ...(input.policyName == null ? {} : { policyName: input.policyName }),
    ...(input.fallbackEnabled == null ? {} : { fallbackEnabled: input.fallbackEnabled }),
    ...(input.deniedModels == null ? {} : { deniedModels: input.deniedModels }),
  };
  return checked(narrowing, issues);
}
