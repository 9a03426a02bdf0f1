import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import { toBreakerRow, type BreakerColumns, type BreakerRow } from './breaker-row.ts';

/** Every breaker that has ever been written, as of one moment; `seq` is what `readBreakersSeq` said then. */
export async function loadBreakers(db: Db): Promise<{ seq: number; rows: BreakerRow[] }> {
  const rows = await db.$queryRaw<BreakerColumns[]>`
    WITH found AS MATERIALIZED (
      SELECT breaker.*, read.now FROM circuit_breakers AS breaker
      CROSS JOIN (SELECT clock_timestamp()::timestamptz(3) AS now) AS read
    )
    SELECT ${breakerColumns} FROM found ORDER BY provider_slug, model_slug`;
  return { seq: rows.reduce((sum, { revision }) => sum + revision, 0), rows: rows.map(toBreakerRow) };
}

/** A number that rises by one with every write of any breaker. */
export async function readBreakersSeq(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ seq: number }[]>`
    SELECT coalesce(sum(revision), 0)::float8 AS seq FROM circuit_breakers`;
  return row?.seq ?? 0;
}

/** What is selected of a breaker's row, and of `now` beside it: the columns of `BreakerColumns`. */
export const breakerColumns = Prisma.sql`
  provider_slug, model_slug, state, revision::float8 AS revision, generation, trip_count,
  ARRAY(
    SELECT (extract(epoch FROM failure - now) * 1000)::float8 FROM unnest(failure_instants) AS failure ORDER BY failure
  ) AS failures_in_ms,
  (extract(epoch FROM open_until - now) * 1000)::float8 AS open_until_in_ms, cool_off_ms,
  (extract(epoch FROM next_probe_at - now) * 1000)::float8 AS next_probe_in_ms, neutral_probes,
  probe_token::text AS probe_token, (extract(epoch FROM probe_lease_until - now) * 1000)::float8 AS probe_lease_in_ms,
  mode, mode_actor, mode_reason, (extract(epoch FROM mode_until - now) * 1000)::float8 AS mode_until_in_ms,
  (extract(epoch FROM opened_at) * 1000)::float8 AS opened_at_ms,
  (extract(epoch FROM half_open_at) * 1000)::float8 AS half_open_at_ms,
  (extract(epoch FROM closed_at) * 1000)::float8 AS closed_at_ms,
  (extract(epoch FROM last_failure_at) * 1000)::float8 AS last_failure_at_ms,
  (extract(epoch FROM last_success_at) * 1000)::float8 AS last_success_at_ms`;
