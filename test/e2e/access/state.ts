import type { TestServer } from '../../support/servers/server.ts';

const tables = [
  'tenants',
  'tenant_routing_policy',
  'api_keys',
  'providers',
  'models',
  'ats_scores',
  'circuit_breakers',
  'breaker_transitions',
  'routing_decisions',
  'audit_heads',
  'audit_entries',
] as const;

/** How many rows each table that a caller can change has, and what they hold, as one line each. */
export async function readState(server: TestServer): Promise<Record<string, string>> {
  // When a key was last used is told by the use itself, whatever came of it.
  const digests = tables.map(
    (table) => `SELECT '${table}' AS name,
      count(*) || ' rows ' || md5(coalesce(string_agg(content, '|' ORDER BY content), '')) AS state
      FROM (SELECT (to_jsonb(rows) - 'last_used_at')::text AS content FROM ${table} rows) contents`,
  );
  const rows = await server.app.services.database.prisma.$queryRawUnsafe<{ name: string; state: string }[]>(
    digests.join(' UNION ALL '),
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}
