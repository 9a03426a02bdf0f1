import { checked, type Checked } from '../system/checked.ts';
import type { InputIssue } from '../system/expected-error.ts';
import {
  boundsIssue,
  isInBounds,
  mergeWeights,
  numericRules,
  patternIssues,
  toSteps,
  weightSumIssues,
  type NumericField,
  type PatternList,
} from './policy-fields.ts';
import type { PolicyName, RoutingPolicy } from './policy.ts';
import { policyPresets } from './presets.ts';

/** What to change of a policy, as its caller writes it: weights and thresholds 0..1, the penalty in percent. */
export type PolicyPatch = {
  /** Absent keeps. Null clears, which only a list allows. */
  readonly [Field in NumericField]?: number | null | undefined;
} & { readonly [List in PatternList]?: readonly string[] | null | undefined } & {
  readonly policyName?: PolicyName | null | undefined;
  readonly fallbackEnabled?: boolean | null | undefined;
};

/** The numbers of a policy, in integers of their smallest step. */
type Numbers = Partial<Pick<RoutingPolicy, (typeof numericRules)[NumericField]['property']>>;

/**
 * The policy after a change, or an issue for each field that cannot be so. A policy's name brings its preset's
 * weights, fallback and margin; what is sent along stands in their place. The version stays.
 */
export function changePolicy(policy: RoutingPolicy, patch: PolicyPatch): Checked<RoutingPolicy> {
  const issues: InputIssue[] = [];
  const sent = readNumbers(patch, issues);
  const preset = patch.policyName == null ? policy : policyPresets[patch.policyName];
  const changed: RoutingPolicy = {
    ...policy,
    policyName: patch.policyName ?? policy.policyName,
    nearEqualMarginPct: preset.nearEqualMarginPct,
    ...sent,
    ...mergeWeights(preset, sent),
    fallbackEnabled: patch.fallbackEnabled ?? preset.fallbackEnabled,
    allowedModels: changedList(policy, patch, 'allowedModels'),
    deniedModels: changedList(policy, patch, 'deniedModels'),
  };
  issues.push(...emptyIssues(patch), ...strictIssues(changed));
  // Weights that are faulty by themselves make no sum worth speaking of.
  if (issues.every((issue) => !issue.path[0]?.endsWith('Weight'))) {
    issues.push(...weightSumIssues(changed, sent, []));
  }
  issues.push(...patternIssues(changed.allowedModels, ['allowedModels']));
  issues.push(...patternIssues(changed.deniedModels, ['deniedModels']));
  return checked(changed, issues);
}

function readNumbers(patch: PolicyPatch, issues: InputIssue[]): Numbers {
  const numbers: { -readonly [Property in keyof Numbers]: Numbers[Property] } = {};
  for (const field of Object.keys(numericRules) as NumericField[]) {
    const value = patch[field];
    if (value == null) continue;
    const steps = toSteps(field, value);
    if (steps === undefined || !isInBounds(field, steps)) issues.push(boundsIssue(field, [field]));
    else numbers[numericRules[field].property] = steps;
  }
  return numbers;
}

function changedList(policy: RoutingPolicy, patch: PolicyPatch, list: PatternList): readonly string[] {
  const sent = patch[list];
  return sent === undefined ? policy[list] : (sent ?? []);
}

function emptyIssues(patch: PolicyPatch): InputIssue[] {
  const fields = [...(Object.keys(numericRules) as NumericField[]), 'policyName', 'fallbackEnabled'] as const;
  return fields
    .filter((field) => patch[field] === null)
    .map((field) => ({ path: [field], message: 'cannot be empty' }));
}

function strictIssues(policy: RoutingPolicy): InputIssue[] {
  if (policy.policyName !== 'strict_no_fallback' || !policy.fallbackEnabled) return [];
  return [{ path: ['fallbackEnabled'], message: 'must be false under STRICT_NO_FALLBACK' }];
}
