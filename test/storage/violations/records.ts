import { bytes, insert, OTHER, TENANT } from '../rows.ts';
import { rows, statements } from './violation.ts';

const completed = {
  status: `'SUCCEEDED'`,
  completed_at: 'now()',
  latency_ms: '5',
  model_key: `'openai/gpt'`,
};

/** What decisions, idempotency keys and the audit log must not be. */
export const recordViolations = [
  ...rows('routing_decisions', 'status_known', { ...completed, status: `'DONE'` }),
  ...rows(
    'routing_decisions',
    'pending_is_incomplete',
    { ...completed, completed_at: 'NULL' },
    { ...completed, status: `'PENDING'` },
  ),
  ...rows('routing_decisions', 'completed_has_latency', { ...completed, latency_ms: 'NULL' }),
  ...rows('routing_decisions', 'latency_not_negative', { ...completed, latency_ms: '-1' }),
  ...rows('routing_decisions', 'succeeded_has_model', { ...completed, model_key: 'NULL' }),
  ...rows('routing_decisions', 'cost_not_negative', { ...completed, cost_micro_usd: '-1' }),
  ...rows('routing_decisions', 'deadline_after_creation', { deadline_at: `now() - interval '1 second'` }),
  ...rows('routing_decisions', 'planner_version_positive', { planner_version: '0' }),
  ...rows('routing_decisions', 'audit_seq_positive', { ...completed, audit_seq: '0' }),
  ...statements(
    'routing_decisions_audit_seq_unique',
    insert('routing_decisions', { ...completed, audit_seq: '1' }),
    insert('routing_decisions', { ...completed, audit_seq: '1', id: `'${TENANT}'` }),
  ),
  ...rows(
    'routing_decisions',
    'labels_bounded',
    { labels: `'{}'` },
    { labels: `array_fill('a=b'::text, '{17}')` },
    { labels: `'{a=b,NULL}'` },
    { labels: `ARRAY[repeat('a', 6289)]` },
  ),
  ...rows('routing_decisions', 'degraded_known', { degraded: `'{MEMORY}'` }),
  ...rows('candidate_lists', 'named_by_digest', { candidates: `'[1]'` }, { sha256: bytes(32) }),
  ...[
    `UPDATE candidate_lists SET candidates = '[]'`,
    'DELETE FROM candidate_lists',
    'TRUNCATE candidate_lists',
  ].flatMap((sql) => statements('candidate_lists_permanent', insert('candidate_lists'), sql)),
  ...rows('idempotency_keys', 'tenant_exists', { tenant_id: `'${OTHER}'` }),
  ...rows('idempotency_keys', 'key_well_formed', { key: `''` }, { key: `repeat('k', 201)` }),
  ...rows('idempotency_keys', 'input_sha256_is_sha256', { input_sha256: bytes(20) }),
  ...rows('idempotency_keys', 'result_present', { result: `''` }),
  ...rows('audit_heads', 'seq_not_negative', { seq: '-1' }),
  ...rows('audit_heads', 'hash_is_sha256', { hash: bytes(20) }),
  ...['SET seq = 4', `SET hash = ${bytes(32, 'c')}`, `SET seq = 6, tenant_id = '${OTHER}'`].flatMap(
    (change) => statements('audit_heads_move_forward', insert('audit_heads'), `UPDATE audit_heads ${change}`),
  ),
  ...statements('audit_heads_permanent', insert('audit_heads'), 'DELETE FROM audit_heads'),
  ...statements('audit_heads_permanent', 'TRUNCATE audit_heads'),
  ...rows('audit_entries', 'seq_positive', { seq: '0' }),
  ...rows('audit_entries', 'type_present', { type: `''` }),
  ...rows('audit_entries', 'canonical_present', { canonical: `''` }),
  ...rows('audit_entries', 'prev_hash_is_sha256', { prev_hash: bytes(31) }),
  ...rows('audit_entries', 'hash_is_sha256', { hash: bytes(31) }),
  ...statements(
    'audit_entries_seq_unique',
    insert('audit_entries'),
    insert('audit_entries', { id: `'${TENANT}'`, prev_hash: bytes(32, 'd') }),
  ),
  ...statements(
    'audit_entries_prev_hash_unique',
    insert('audit_entries'),
    insert('audit_entries', { id: `'${TENANT}'`, seq: '6' }),
  ),
  ...statements('audit_entries_append_only', insert('audit_entries'), `UPDATE audit_entries SET type = 'x'`),
  ...statements('audit_entries_append_only', insert('audit_entries'), 'DELETE FROM audit_entries'),
  ...statements('audit_entries_append_only', 'TRUNCATE audit_entries'),
];
