import { splitModelKey } from '../../providers/model-key.ts';
import type { Db } from '../../storage/database.ts';
import { Prisma } from '../../storage/generated/prisma/client.ts';
import { toBreakerRow, type BreakerColumns, type BreakerWrite } from './breaker-row.ts';
import { breakerColumns } from './breaker.store.ts';
import type { BreakerState } from '../rule/breaker.ts';

/** How rows change; expressions speak of them as `held`, locked and newest, and of the present as `held.now`. */
export interface Change {
  /** Which rows are locked, in columns of the table. */
  readonly rows: Prisma.Sql;
  /** Which of these change. */
  readonly when: Prisma.Sql;
  /** Their new columns; a new generation makes it a transition. */
  readonly set: Prisma.Sql;
  /** Null: the machine itself. */
  readonly actor: string | null;
  /** Of the transition; null: the generation stays. */
  readonly reason: string | null;
}

/**
 * Changes rows in one statement: locks them in order of key, decides on what they hold then, by the clock as it is
 * then, and numbers the transitions. Rows that were first inserted after the statement began are not found.
 */
export async function changeBreakers(db: Db, change: Change): Promise<BreakerWrite[]> {
  const { rows, when, set, actor, reason } = change;
  // The clock is read behind the fence of a CTE of its own, and so after the wait for the lock.
  return writeBreakers(
    db,
    Prisma.sql`
      locked AS MATERIALIZED (
        SELECT * FROM circuit_breakers WHERE ${rows} ORDER BY provider_slug, model_slug FOR UPDATE
      ), held AS MATERIALIZED (
        SELECT *, ${shownState} AS shown, clock_timestamp()::timestamptz(3) AS now FROM locked
      ), changed AS (
        UPDATE circuit_breakers AS breaker SET revision = held.revision + 1, ${set}
        FROM held
        WHERE breaker.provider_slug = held.provider_slug AND breaker.model_slug = held.model_slug AND (${when})
        RETURNING breaker.*, held.now, ${actor}::text AS actor, ${reason}::text AS reason,
                  CASE WHEN breaker.generation > held.generation THEN held.shown END AS shown_before
      )`,
  );
}

/**
 * Runs a statement that changes breakers. `changing`: CTEs, of which `changed` returns each row that was written, the
 * instant `now` of the decision, and `shown_before`, `actor` and `reason` of its transition; no `shown_before`: none.
 * The transitions' numbers come from one row that is locked after those of breakers and until the transaction ends:
 * whoever reads a transition can read all before it.
 */
export async function writeBreakers(db: Db, changing: Prisma.Sql): Promise<BreakerWrite[]> {
  const found = await db.$queryRaw<WriteColumns[]>`
    WITH ${changing}, counted AS (
      UPDATE breaker_transition_counter AS counter SET seq = counter.seq + steps.amount
      FROM (SELECT count(*) AS amount FROM changed WHERE shown_before IS NOT NULL) AS steps
      WHERE counter.id = 1 AND steps.amount > 0
      RETURNING counter.seq - steps.amount AS seq_before
    ), numbered AS (
      INSERT INTO breaker_transitions
        (seq, provider_slug, model_slug, "from", "to", mode, actor, reason, generation, at)
      SELECT seq_before + row_number() OVER (ORDER BY provider_slug, model_slug), provider_slug, model_slug,
             shown_before, ${shownState}, mode, actor, reason, generation, now
      FROM changed CROSS JOIN counted WHERE shown_before IS NOT NULL
      RETURNING seq, provider_slug, model_slug, "from", "to"
    )
    SELECT ${breakerColumns}, seq::float8 AS seq, "from", "to", actor, reason,
           (extract(epoch FROM now) * 1000)::float8 AS now_ms
    FROM changed LEFT JOIN numbered USING (provider_slug, model_slug)
    ORDER BY provider_slug, model_slug`;
  return found.map((columns) => ({ row: toBreakerRow(columns), transition: toTransition(columns) }));
}

/** The rows of these breakers. */
export function rowsOf(keys: readonly string[]): Prisma.Sql {
  const slugs = keys.map(slugsOf);
  return Prisma.sql`(provider_slug, model_slug) IN (
    SELECT * FROM unnest(
      ${slugs.map(({ providerSlug }) => providerSlug)}::text[], ${slugs.map(({ modelSlug }) => modelSlug)}::text[]
    )
  )`;
}

/**
 * Makes a row that says what a missing one says, where there is none, so that a breaker can change that nothing has
 * been written of. A statement of its own: those after it find the row, whoever inserted it.
 */
export async function ensureRow(db: Db, key: string): Promise<void> {
  const { providerSlug, modelSlug } = slugsOf(key);
  await db.$executeRaw`
    INSERT INTO circuit_breakers (provider_slug, model_slug) VALUES (${providerSlug}, ${modelSlug})
    ON CONFLICT DO NOTHING`;
}

/** The two columns of a key. */
export function slugsOf(key: string): NonNullable<ReturnType<typeof splitModelKey>> {
  const slugs = splitModelKey(key);
  if (slugs === undefined) throw new TypeError(`"${key}" is no key of a model`);
  return slugs;
}

/** Columns of a breaker at rest: CLOSED, without a streak. */
export const closed = Prisma.sql`
  state = 'CLOSED', failure_instants = '{}', consecutive_failures = 0, open_until = NULL, cool_off_ms = NULL,
  next_probe_at = NULL, neutral_probes = 0, probe_token = NULL, probe_lease_until = NULL`;

/** Columns of a breaker that opens now; both expressions are milliseconds. */
export function opened(openMs: Prisma.Sql, coolOffMs: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    state = 'OPEN', failure_instants = '{}', consecutive_failures = 0, generation = held.generation + 1,
    trip_count = held.trip_count + 1, opened_at = held.now, open_until = held.now + ${milliseconds(openMs)},
    cool_off_ms = ${coolOffMs}, next_probe_at = NULL, neutral_probes = 0, probe_token = NULL,
    probe_lease_until = NULL`;
}

/** `nextProbeAtOf` a row under no operator's word that is not CLOSED. */
export const nextProbeAt = Prisma.sql`
  CASE
    WHEN held.state = 'OPEN' THEN held.open_until
    WHEN held.probe_token IS NOT NULL THEN held.probe_lease_until
    ELSE held.next_probe_at
  END`;

/** So long a time; `amount`: milliseconds. */
export function milliseconds(amount: Prisma.Sql | number): Prisma.Sql {
  return Prisma.sql`(${amount}::float8 * interval '1 millisecond')`;
}

/** `shownState` of a row. */
const shownState = Prisma.sql`
  CASE mode WHEN 'FORCED_OPEN' THEN 'OPEN' WHEN 'FORCED_CLOSED' THEN 'CLOSED' ELSE state END`;

interface WriteColumns extends BreakerColumns {
  readonly seq: number | null;
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly actor: string | null;
  readonly reason: string;
  readonly now_ms: number;
}

function toTransition(columns: WriteColumns): BreakerWrite['transition'] {
  const { seq, from, to, mode, actor, reason, generation, now_ms: at } = columns;
  return seq === null ? null : { seq, from, to, mode, actor, reason, generation, at };
}
