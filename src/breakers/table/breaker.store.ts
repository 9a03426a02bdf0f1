import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import type { TableVersion } from '../../storage/table-version.ts';
import { toBreakerRow, type BreakerColumns, type BreakerRow } from './breaker-row.ts';

/** The table of breakers, as boards look at it. */
export interface BreakerTable {
  /** Every breaker of which there is a row, with the version that the table had at that moment. */
  load(): Promise<{ readonly version: TableVersion; readonly rows: readonly BreakerRow[] }>;
  readVersion(): Promise<TableVersion>;
}

/** The table of this database. */
export function breakerTable(db: Db): BreakerTable {
  return { load: () => loadBreakers(db), readVersion: () => readBreakersVersion(db) };
}

/** Every breaker of which there is a row, as of one moment; `version` is what `readBreakersVersion` said then. */
export async function loadBreakers(db: Db): Promise<{ version: TableVersion; rows: BreakerRow[] }> {
  const found = await db.$queryRaw<(TableVersion & (BreakerColumns | { readonly provider_slug: null }))[]>`
    WITH version AS MATERIALIZED (${version}), found AS MATERIALIZED (
      SELECT breaker.*, read.now FROM circuit_breakers AS breaker
      CROSS JOIN (SELECT clock_timestamp()::timestamptz(3) AS now) AS read
    )
    SELECT version.seq, version.tag, ${breakerColumns}
    FROM version LEFT JOIN found ON true ORDER BY provider_slug, model_slug`;
  const [{ seq, tag } = { seq: 0, tag: '' }] = found;
  const rows = found.flatMap((columns) => (columns.provider_slug === null ? [] : toBreakerRow(columns)));
  return { version: { seq, tag }, rows };
}

/** Where the table stands: its number rises by one with every write of any breaker, its tag tells of any other change. */
export async function readBreakersVersion(db: Db): Promise<TableVersion> {
  const [row] = await db.$queryRaw<TableVersion[]>`${version}`;
  return row ?? { seq: 0, tag: '' };
}

/** Rows may vanish, or be older after a fail-over, and add up to the same number: their contents are compared, too. */
const version = Prisma.sql`
  SELECT coalesce(sum(breaker.revision), 0)::float8 AS seq,
         md5(coalesce(string_agg(breaker::text, ' ' ORDER BY provider_slug, model_slug), '')) AS tag
  FROM circuit_breakers AS breaker`;

/** What is selected of a breaker's row, and of `now` beside it: the columns of `BreakerColumns`. */
export const breakerColumns = Prisma.sql`
  provider_slug, model_slug, state, revision::float8 AS revision, generation, trip_count,
  ARRAY(
    SELECT (extract(epoch FROM failure - now) * 1000)::float8 FROM unnest(failure_instants) AS failure ORDER BY failure
  ) AS failures_in_ms,
  failure_tenants::text[] AS failure_tenants, suspect_tenant::text AS suspect_tenant,
  wary_tenants::text[] AS wary_tenants,
  ARRAY(
    SELECT (extract(epoch FROM until - now) * 1000)::float8
    FROM unnest(wary_until) WITH ORDINALITY AS wary (until, place) ORDER BY place
  ) AS wary_in_ms,
  (extract(epoch FROM open_until - now) * 1000)::float8 AS open_until_in_ms, cool_off_ms,
  (extract(epoch FROM next_probe_at - now) * 1000)::float8 AS next_probe_in_ms, neutral_probes,
  probe_token::text AS probe_token, (extract(epoch FROM probe_lease_until - now) * 1000)::float8 AS probe_lease_in_ms,
  mode, mode_actor, mode_reason, (extract(epoch FROM mode_until - now) * 1000)::float8 AS mode_until_in_ms,
  (extract(epoch FROM opened_at) * 1000)::float8 AS opened_at_ms,
  (extract(epoch FROM half_open_at) * 1000)::float8 AS half_open_at_ms,
  (extract(epoch FROM closed_at) * 1000)::float8 AS closed_at_ms,
  (extract(epoch FROM last_failure_at) * 1000)::float8 AS last_failure_at_ms,
  (extract(epoch FROM last_success_at) * 1000)::float8 AS last_success_at_ms`;
