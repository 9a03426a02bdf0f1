import type { Db } from '../../storage/database.ts';
import type { BreakerTransition } from '../../storage/generated/prisma/client.ts';

/** A transition as it is stored. */
export type TransitionRow = BreakerTransition;

/** Which transitions are read; null: any. */
export interface TransitionFilter {
  readonly providerSlug: string | null;
  readonly modelSlug: string | null;
}

/** At most `limit` transitions before `beforeSeq` (null: from the newest on), newest first. */
export function listTransitions(
  db: Db,
  { providerSlug, modelSlug }: TransitionFilter,
  beforeSeq: bigint | null,
  limit: number,
): Promise<TransitionRow[]> {
  return db.breakerTransition.findMany({
    where: {
      ...(providerSlug === null ? {} : { providerSlug }),
      ...(modelSlug === null ? {} : { modelSlug }),
      ...(beforeSeq === null ? {} : { seq: { lt: beforeSeq } }),
    },
    orderBy: { seq: 'desc' },
    take: limit,
  });
}

/** The number of the newest transition; 0 before the first. */
export async function readTransitionHead(db: Db): Promise<bigint> {
  const counter = await db.breakerTransitionCounter.findUnique({ where: { id: 1 } });
  return counter?.seq ?? 0n;
}

/** At most `limit` transitions after `afterSeq`, oldest first. */
export function readTransitionsAfter(db: Db, afterSeq: number, limit: number): Promise<TransitionRow[]> {
  return db.breakerTransition.findMany({
    where: { seq: { gt: afterSeq } },
    orderBy: { seq: 'asc' },
    take: limit,
  });
}

/** The number before the oldest transition that is kept; with none, the newest number that was ever given. */
export async function readForgottenTransition(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ seq: number }[]>`
    SELECT coalesce(
      (SELECT min(seq) - 1 FROM breaker_transitions), (SELECT seq FROM breaker_transition_counter), 0
    )::float8 AS seq`;
  return row?.seq ?? 0;
}

/** Deletes at most `limit` of the transitions that are older than `keptMs` by the database's clock; returns how many. */
export function deleteOldTransitions(db: Db, keptMs: number, limit: number): Promise<number> {
  // The oldest numbers alone, so that what is left has no gap: an older instant may have a higher number.
  return db.$executeRaw`
    DELETE FROM breaker_transitions WHERE seq IN (
      SELECT seq FROM breaker_transitions
      WHERE at < (SELECT clock_timestamp() - ${keptMs}::float8 * interval '1 millisecond')
        AND seq < (SELECT coalesce(min(seq), 9223372036854775807) FROM breaker_transitions
                   WHERE at >= (SELECT clock_timestamp() - ${keptMs}::float8 * interval '1 millisecond'))
      ORDER BY seq LIMIT ${limit} FOR UPDATE
    )`;
}
