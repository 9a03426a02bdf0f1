import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import { untouched, type Breaker } from '../rule/breaker.ts';
import { historyAfter, type Step } from '../rule/step.ts';
import {
  placeAt,
  toBreakerRow,
  toStored,
  type BreakerColumns,
  type BreakerWrite,
  type StoredColumns,
} from './breaker-row.ts';
import { ensureRow, slugsOf, writeBreakers } from './breaker-write.store.ts';
import { breakerColumns } from './breaker.store.ts';

/** What an event makes of a breaker; null, or the same breaker: nothing. Instants, and `now`, are of one clock. */
export type TakeStep = (breaker: Breaker, now: number) => Step | null;

/**
 * Has the machine take a step on a breaker as it is stored, by the database's clock; null: the step changes nothing.
 * A breaker without a row gets one first. What is written holds only for the revision that the step was decided on,
 * and is decided anew when another came first. So no lock outlives a statement, unless `db` is a transaction: there the
 * first try holds the row until the end, and nobody comes first.
 */
export async function stepBreaker(db: Db, key: string, take: TakeStep): Promise<BreakerWrite | null> {
  for (;;) {
    const held = await lockBreaker(db, key);
    // Of an untouched breaker no instant is known, and so no clock is needed to see whether anything changes.
    const { breaker, now } = held ?? { breaker: untouched(key), now: 0 };
    const step = take(breaker, now);
    if (step === null || step.breaker === breaker) return null;
    if (held === null) await ensureRow(db, key);
    else {
      const write = await writeStep(db, breaker.revision, step, now);
      if (write !== null) return write;
    }
  }
}

/** A breaker by the database's clock, and what that showed when nobody else was writing it; null: it has no row. */
async function lockBreaker(db: Db, key: string): Promise<{ breaker: Breaker; now: number } | null> {
  const { providerSlug, modelSlug } = slugsOf(key);
  // The clock is read behind the fence of a CTE of its own, and so after the wait for the lock.
  const [columns] = await db.$queryRaw<(BreakerColumns & { readonly now_ms: number })[]>`
    WITH locked AS MATERIALIZED (
      SELECT * FROM circuit_breakers WHERE provider_slug = ${providerSlug} AND model_slug = ${modelSlug} FOR UPDATE
    ), held AS MATERIALIZED (
      SELECT *, clock_timestamp()::timestamptz(3) AS now FROM locked
    )
    SELECT ${breakerColumns}, (extract(epoch FROM now) * 1000)::float8 AS now_ms FROM held`;
  if (columns === undefined) return null;
  return { breaker: placeAt(toBreakerRow(columns), columns.now_ms), now: columns.now_ms };
}

/** Writes what a step has made of this revision; null: the row is at another one. */
async function writeStep(db: Db, revision: number, step: Step, now: number): Promise<BreakerWrite | null> {
  const { breaker, transition } = step;
  const { providerSlug, modelSlug } = slugsOf(breaker.key);
  const stored = toStored({ ...breaker, history: historyAfter(step, (at) => at) });
  const [write = null] = await writeBreakers(
    db,
    Prisma.sql`changed AS (
      UPDATE circuit_breakers AS breaker SET revision = revision + 1, ${assignments(stored)}
      WHERE provider_slug = ${providerSlug} AND model_slug = ${modelSlug} AND revision = ${revision}::bigint
      RETURNING breaker.*, ${instant(now)} AS now, ${transition?.from ?? null}::text AS shown_before,
                ${transition?.to ?? null}::text AS shown_after, ${transition?.actor ?? null}::text AS actor,
                ${transition?.reason ?? null}::text AS reason
    )`,
  );
  return write;
}

function assignments(stored: StoredColumns): Prisma.Sql {
  const { history } = stored;
  return Prisma.sql`
    state = ${stored.state}::text, generation = ${stored.generation}::int, trip_count = ${stored.trip_count}::int,
    failure_instants = ARRAY(
      SELECT to_timestamp(failure / 1000)::timestamptz(3) FROM unnest(${stored.failures_ms}::float8[]) AS failure
    ),
    consecutive_failures = ${stored.failures_ms.length}::int,
    failure_tenants = ${stored.failure_tenants}::uuid[], suspect_tenant = ${stored.suspect_tenant}::uuid,
    wary_tenants = ${stored.wary_tenants}::uuid[],
    wary_until = ARRAY(
      SELECT to_timestamp(until / 1000)::timestamptz(3)
      FROM unnest(${stored.wary_until_ms}::float8[]) WITH ORDINALITY AS wary (until, place) ORDER BY place
    ),
    open_until = ${instant(stored.open_until_ms)}, cool_off_ms = ${stored.cool_off_ms}::int,
    next_probe_at = ${instant(stored.next_probe_at_ms)}, neutral_probes = ${stored.neutral_probes}::int,
    probe_token = ${stored.probe_token}::uuid, probe_lease_until = ${instant(stored.probe_lease_until_ms)},
    mode = ${stored.mode}::text, mode_actor = ${stored.mode_actor}::text, mode_reason = ${stored.mode_reason}::text,
    mode_until = ${instant(stored.mode_until_ms)},
    opened_at = ${instant(history.openedAt)}, half_open_at = ${instant(history.halfOpenAt)},
    closed_at = ${instant(history.closedAt)},
    last_failure_at = ${instant(history.lastFailureAt)}, last_success_at = ${instant(history.lastSuccessAt)}`;
}

/** An instant, milliseconds since the epoch; columns keep whole ones. */
function instant(ms: number | null): Prisma.Sql {
  return Prisma.sql`to_timestamp(${ms}::float8 / 1000)::timestamptz(3)`;
}
