/** What a user may do with a table. */
export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/**
 * What a server needs of each table, and therefore all that its user is given where another one owns the tables. The
 * audit log it only reads: what appends to it is a function that works as its owner. `FOR UPDATE` needs UPDATE, also
 * where a trigger refuses every update. What goes with its tenant goes as the owner.
 */
export const rights: Readonly<Record<string, readonly Privilege[]>> = {
  _prisma_migrations: ['SELECT'],
  api_keys: ['SELECT', 'INSERT', 'UPDATE'],
  ats_scores: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  audit_entries: ['SELECT'],
  audit_heads: ['SELECT'],
  breaker_transition_counter: ['SELECT', 'UPDATE'],
  breaker_transitions: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  candidate_lists: ['SELECT', 'INSERT'],
  catalog_source: ['SELECT', 'INSERT', 'UPDATE'],
  circuit_breakers: ['SELECT', 'INSERT', 'UPDATE'],
  idempotency_keys: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  installation: ['SELECT', 'INSERT'],
  model_aliases: ['SELECT', 'INSERT', 'DELETE'],
  model_estimates: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  model_liveness: ['SELECT', 'INSERT', 'UPDATE'],
  models: ['SELECT', 'INSERT', 'UPDATE'],
  probe_schedule: ['SELECT', 'INSERT', 'UPDATE'],
  probe_spending: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  provider_health_checks: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  providers: ['SELECT', 'INSERT', 'UPDATE'],
  routing_decisions: ['SELECT', 'INSERT', 'UPDATE'],
  tenant_routing_policy: ['SELECT', 'INSERT', 'UPDATE'],
  tenants: ['SELECT', 'INSERT', 'DELETE'],
  topic_versions: ['SELECT', 'UPDATE'],
};

/** The tables that nobody but their owner may alter. */
export const auditTables: readonly string[] = ['audit_entries', 'audit_heads'];

/** Everything there is to have of a table up to Postgres 16, to find what a user has and does not need. */
export const allPrivileges = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'TRUNCATE',
  'REFERENCES',
  'TRIGGER',
] as const;
