import { splitModelKey } from '../../providers/model-key.ts';
import type { Db } from '../../storage/database.ts';
import type { Prisma } from '../../storage/generated/prisma/client.ts';
import { toBreakerRow, type BreakerColumns, type BreakerWrite } from './breaker-row.ts';
import { breakerColumns } from './breaker.store.ts';
import type { BreakerState } from '../rule/breaker.ts';

/**
 * Runs a statement that changes breakers. `changing`: a CTE `changed` that returns each row that was written, the
 * instant `now` of the decision, and of its transition `shown_before`, `shown_after`, `actor` and `reason`; no
 * `shown_before`: none.
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
             shown_before, shown_after, mode, actor, reason, generation, now
      FROM changed CROSS JOIN counted WHERE shown_before IS NOT NULL
      RETURNING seq, provider_slug, model_slug, "from", "to"
    )
    SELECT ${breakerColumns}, seq::float8 AS seq, "from", "to", actor, reason,
           (extract(epoch FROM now) * 1000)::float8 AS now_ms
    FROM changed LEFT JOIN numbered USING (provider_slug, model_slug)
    ORDER BY provider_slug, model_slug`;
  return found.map((columns) => ({ row: toBreakerRow(columns), transition: toTransition(columns) }));
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
