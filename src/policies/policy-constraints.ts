import type { InputIssue } from '../system/input/issues.ts';
import {
  PATTERN_MESSAGE,
  policyRules,
  STRICT_FALLBACK_MESSAGE,
  weightFields,
  type NumericField,
} from './policy-fields.ts';

const TABLE = 'tenant_routing_policy_';

const boundsOf: Readonly<Record<string, NumericField>> = {
  quality_weight_in_bounds: 'qualityWeight',
  latency_weight_in_bounds: 'latencyWeight',
  cost_weight_in_bounds: 'costWeight',
  fallback_cost_penalty_in_bounds: 'fallbackCostPenaltyPct',
  compliance_threshold_in_bounds: 'complianceVetoThreshold',
  near_equal_margin_in_bounds: 'nearEqualMargin',
  max_attempts_in_bounds: 'maxAttempts',
  timeout_in_bounds: 'timeoutMs',
};

const others: Readonly<Record<string, readonly InputIssue[]>> = {
  policy_name_known: [{ path: ['policyName'], message: 'is no policy' }],
  weights_sum_to_one: [
    { path: [weightFields[0]], message: 'quality, latency and cost weight must sum to 1.00' },
  ],
  strict_has_no_fallback: [{ path: ['fallbackEnabled'], message: STRICT_FALLBACK_MESSAGE }],
  allowed_models_are_patterns: [{ path: ['allowedModels'], message: PATTERN_MESSAGE }],
  denied_models_are_patterns: [{ path: ['deniedModels'], message: PATTERN_MESSAGE }],
};

/**
 * What a policy's caller should mend when the database itself refused the policy, by the violated constraint's
 * name: the last word, should a rule here ever know less than the database. Empty for constraints of other tables.
 */
export function constraintIssues(constraint: string): readonly InputIssue[] {
  if (!constraint.startsWith(TABLE)) return [];
  const name = constraint.slice(TABLE.length);
  const field = boundsOf[name];
  if (field !== undefined) return [{ path: [field], message: policyRules[field].message }];
  return others[name] ?? [];
}
