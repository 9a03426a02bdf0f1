import { bytes, OTHER, type Row } from '../rows.ts';
import { outOfShare, rows } from './violation.ts';

const weights = (quality: string, latency: string, cost: string): Row => ({
  quality_weight: quality,
  latency_weight: latency,
  cost_weight: cost,
});
const patterns = (column: string): Row[] =>
  [
    `'{openai}'`,
    `'{*}'`,
    `'{openai/}'`,
    `'{/gpt}'`,
    `'{OpenAI/gpt}'`,
    `'{openai/gpt*}'`,
    `'{"openai/g pt"}'`,
    `'{NULL}'`,
  ].map((value) => ({ [column]: value }));

/** What tenants, their policies and keys must not be. */
export const tenantViolations = [
  ...rows(
    'tenants',
    'slug_well_formed',
    { slug: `''` },
    { slug: `'-a'` },
    { slug: `'Acme'` },
    { slug: `'a b'` },
    { slug: `repeat('a', 64)` },
  ),
  ...rows('tenants', 'slug_unique', { slug: `'acme'` }),
  ...rows('tenants', 'name_well_formed', { name: `''` }, { name: `' '` }, { name: `repeat('n', 201)` }),
  ...rows('tenant_routing_policy', 'tenant_exists', { tenant_id: `'${OTHER}'` }),
  ...rows('tenant_routing_policy', 'policy_name_known', { policy_name: `'best'` }),
  ...rows('tenant_routing_policy', 'quality_weight_in_bounds', weights('-0.10', '0.60', '0.50')),
  ...rows('tenant_routing_policy', 'latency_weight_in_bounds', weights('0.60', '-0.10', '0.50')),
  ...rows('tenant_routing_policy', 'cost_weight_in_bounds', weights('0.60', '0.50', '-0.10')),
  ...rows(
    'tenant_routing_policy',
    'weights_sum_to_one',
    weights('0.33', '0.33', '0.33'),
    weights('0.40', '0.30', '0.31'),
  ),
  ...rows('tenant_routing_policy', 'strict_has_no_fallback', { policy_name: `'strict_no_fallback'` }),
  ...rows(
    'tenant_routing_policy',
    'fallback_cost_penalty_in_bounds',
    { fallback_cost_penalty_pct: '-0.01' },
    { fallback_cost_penalty_pct: '100.01' },
  ),
  ...rows(
    'tenant_routing_policy',
    'compliance_threshold_in_bounds',
    ...outOfShare('compliance_veto_threshold'),
  ),
  ...rows(
    'tenant_routing_policy',
    'near_equal_margin_in_bounds',
    { near_equal_margin: '-0.01' },
    { near_equal_margin: '0.21' },
  ),
  ...rows('tenant_routing_policy', 'max_attempts_in_bounds', { max_attempts: '0' }, { max_attempts: '11' }),
  ...rows('tenant_routing_policy', 'timeout_in_bounds', { timeout_ms: '99' }, { timeout_ms: '600001' }),
  ...rows('tenant_routing_policy', 'allowed_models_are_patterns', ...patterns('allowed_models')),
  ...rows('tenant_routing_policy', 'denied_models_are_patterns', ...patterns('denied_models')),
  ...rows('tenant_routing_policy', 'version_positive', { version: '0' }),
  ...rows('api_keys', 'tenant_exists', { tenant_id: `'${OTHER}'` }),
  ...rows('api_keys', 'id_present', { id: `''` }),
  ...rows('api_keys', 'environment_present', { environment: `''` }),
  ...rows('api_keys', 'secret_hash_is_sha256', { secret_hash: bytes(31) }, { secret_hash: bytes(33) }),
  ...rows('api_keys', 'roles_known', { roles: `'{}'` }, { roles: `'{ADMIN,ROOT}'` }, { roles: `'{NULL}'` }),
  ...rows('api_keys', 'requests_per_minute_positive', { requests_per_minute: '0' }),
  ...rows('api_keys', 'tokens_per_minute_positive', { tokens_per_minute: '0' }),
];
