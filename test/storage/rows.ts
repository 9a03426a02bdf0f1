/** Columns and their values, as SQL expressions. */
export type Row = Readonly<Record<string, string>>;

export const TENANT = '01900000-0000-7000-8000-000000000001';
export const OTHER = '01900000-0000-7000-8000-000000000002';

/** `bytes` bytes, hexadecimal digits all alike. */
export const bytes = (length: number, digit = 'a') => `decode(repeat('${digit}', ${2 * length}), 'hex')`;

/** What must be there so that every row of `rows` may be inserted. */
export const foundation: readonly string[] = [
  `INSERT INTO tenants (id, slug, name) VALUES ('${TENANT}', 'acme', 'Acme')`,
  `INSERT INTO providers (slug, name, adapter) VALUES ('openai', 'OpenAI', 'openai')`,
  `INSERT INTO models (provider_slug, slug, context_window_tokens, max_output_tokens, input_micro_usd_per_million_tokens, output_micro_usd_per_million_tokens)
   VALUES ('openai', 'gpt-5-mini', 400000, 128000, 250000, 2000000)`,
];

const model = { provider_slug: `'openai'`, model_slug: `'gpt-5-mini'` };

/** A row that may be stored, for each table that does not come with its rows. */
export const rows = {
  tenants: { id: `'${OTHER}'`, slug: `'other'`, name: `'Other'` },
  tenant_routing_policy: { tenant_id: `'${TENANT}'` },
  api_keys: {
    id: `'k1'`,
    tenant_id: `'${TENANT}'`,
    environment: `'live'`,
    secret_hash: bytes(32),
    roles: `'{ADMIN}'`,
  },
  providers: { slug: `'mistral'`, name: `'Mistral'`, adapter: `'mistral'` },
  models: {
    provider_slug: `'openai'`,
    slug: `'meta/llama-3.1:8b@v2'`,
    context_window_tokens: '1000',
    max_output_tokens: '100',
    input_micro_usd_per_million_tokens: '0',
    output_micro_usd_per_million_tokens: '0',
  },
  model_aliases: { name: `'gpt-5-mini'`, models: `'{openai/gpt-5-mini}'` },
  ats_scores: { ...model, task_type: `'default'`, score: '0.82', source: `'catalog'` },
  provider_health_checks: { ...model, id: `'${OTHER}'`, outcome: `'ok'`, latency_ms: '12' },
  probe_schedule: { ...model, due_at: 'now()' },
  circuit_breakers: { ...model },
  breaker_transitions: {
    ...model,
    seq: '1',
    from: `'CLOSED'`,
    to: `'OPEN'`,
    mode: `'AUTO'`,
    reason: `'5 failures in a row'`,
    generation: '1',
  },
  routing_decisions: {
    id: `'${OTHER}'`,
    tenant_id: `'${TENANT}'`,
    created_at: 'now()',
    deadline_at: `now() + interval '1 minute'`,
    planner_version: '1',
    plan_input: `'{}'`,
  },
  candidate_lists: { sha256: `sha256('[]'::bytea)`, candidates: `'[]'` },
  idempotency_keys: {
    tenant_id: `'${TENANT}'`,
    key: `'retry-1'`,
    input_sha256: bytes(32),
    decision_id: `'${OTHER}'`,
    expires_at: 'now()',
  },
  audit_heads: { tenant_id: `'${TENANT}'`, seq: '5', hash: bytes(32) },
  audit_entries: {
    id: `'${OTHER}'`,
    tenant_id: `'${TENANT}'`,
    seq: '5',
    type: `'policy.changed'`,
    canonical: `'{}'`,
    prev_hash: bytes(32),
    hash: bytes(32, 'b'),
  },
} satisfies Record<string, Row>;

export type TableName = keyof typeof rows;

/** The INSERT of a table's row with some columns changed. */
export function insert(table: TableName, changes: Row = {}): string {
  const row: Row = { ...rows[table], ...changes };
  const names = Object.keys(row).map((name) => `"${name}"`);
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${Object.values(row).join(', ')})`;
}
