import { checked, type Checked } from '../system/checked.ts';
import type { InputIssue } from '../system/expected-error.ts';
import {
  boundsIssue,
  isInBounds,
  mergeWeights,
  numericRules,
  patternIssues,
  weightFields,
  weightSumIssues,
  type NumericField,
} from './policy-fields.ts';
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
 * The policy that one request is planned under, or an issue for each wish that breaks a bound or would widen
 * the tenant's policy; paths are those of the request's input. Other weights are no widening: those sent stand
 * in place of the named preset's, else of the tenant's, and all three must then sum to 1.
 */
export function narrowPolicy(
  policy: RoutingPolicy,
  narrowing: PolicyNarrowing,
  requestTimeoutMs: number | null,
): Checked<RoutingPolicy> {
  const preset = narrowing.policyName === undefined ? policy : policyPresets[narrowing.policyName];
  const weights = mergeWeights(preset, narrowing);
  const narrowed: RoutingPolicy = {
    ...policy,
    ...weights,
    policyName: narrowedName(policy, narrowing),
    fallbackEnabled: policy.fallbackEnabled && preset.fallbackEnabled && (narrowing.fallbackEnabled ?? true),
    nearEqualMarginPct:
      narrowing.policyName === 'strict_no_fallback' ? preset.nearEqualMarginPct : policy.nearEqualMarginPct,
    maxAttempts: narrowing.maxAttempts ?? policy.maxAttempts,
    complianceVetoThresholdPct: narrowing.complianceVetoThresholdPct ?? policy.complianceVetoThresholdPct,
    deniedModels: [...new Set([...policy.deniedModels, ...(narrowing.deniedModels ?? [])])],
    timeoutMs: requestTimeoutMs ?? policy.timeoutMs,
  };
  return checked(narrowed, [
    ...weightIssues(weights, narrowing),
    ...fallbackIssues(policy, narrowing),
    ...limitIssues(policy, narrowing, requestTimeoutMs),
    ...patternIssues(narrowing.deniedModels ?? [], ['policy', 'deniedModels']),
  ]);
}

/** A tenant's strict policy means one provider call, whatever weights a request prefers. */
function narrowedName(policy: RoutingPolicy, narrowing: PolicyNarrowing): PolicyName {
  if (policy.policyName === 'strict_no_fallback') return policy.policyName;
  return narrowing.policyName ?? policy.policyName;
}

function weightIssues(weights: PolicyWeights, narrowing: PolicyNarrowing): InputIssue[] {
  const faulty = weightFields.filter((field) => !isInBounds(field, weights[numericRules[field].property]));
  if (faulty.length > 0) return faulty.map((field) => boundsIssue(field, ['policy', field]));
  return weightSumIssues(weights, narrowing, ['policy']);
}

function fallbackIssues(policy: RoutingPolicy, narrowing: PolicyNarrowing): InputIssue[] {
  if (narrowing.fallbackEnabled !== true) return [];
  const path = ['policy', 'fallbackEnabled'];
  if (narrowing.policyName === 'strict_no_fallback') {
    return [{ path, message: 'must be false under STRICT_NO_FALLBACK' }];
  }
  return policy.fallbackEnabled ? [] : [{ path, message: "the tenant's policy has fallback switched off" }];
}

function limitIssues(
  policy: RoutingPolicy,
  narrowing: PolicyNarrowing,
  requestTimeoutMs: number | null,
): InputIssue[] {
  const threshold = policy.complianceVetoThresholdPct;
  const limits: readonly Limit[] = [
    {
      field: 'maxAttempts',
      path: ['policy', 'maxAttempts'],
      wish: narrowing.maxAttempts,
      widens: (wish) => wish > policy.maxAttempts,
      message: `the tenant's policy allows at most ${policy.maxAttempts}`,
    },
    {
      field: 'complianceVetoThreshold',
      path: ['policy', 'complianceVetoThreshold'],
      wish: narrowing.complianceVetoThresholdPct,
      widens: (wish) => wish < threshold,
      message: `the tenant's policy demands at least ${(threshold / 100).toFixed(2)}`,
    },
    {
      field: 'timeoutMs',
      path: ['timeoutMs'],
      wish: requestTimeoutMs ?? undefined,
      widens: (wish) => wish > policy.timeoutMs,
      message: `the tenant's policy allows at most ${policy.timeoutMs}`,
    },
  ];
  return limits.flatMap(({ field, path, wish, widens, message }) => {
    if (wish === undefined) return [];
    if (!isInBounds(field, wish)) return [boundsIssue(field, path)];
    return widens(wish) ? [{ path, message }] : [];
  });
}

interface Limit {
  readonly field: NumericField;
  readonly path: readonly string[];
  readonly wish: number | undefined;
  readonly widens: (wish: number) => boolean;
  readonly message: string;
}
