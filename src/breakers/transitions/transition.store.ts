import { START, type Place } from '../../events/resume.ts';
import type { Db } from '../../storage/database.ts';
import type { BreakerTransition } from '../../storage/generated/prisma/client.ts';
import { transitionPlace } from './transition-cursor.ts';

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
  beforeSeq: number | null,
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

/** Where the newest transition stands, or stood while it was kept; `START` before the first. */
export async function readTransitionHead(db: Db): Promise<Place> {
  const [head] = await db.$queryRaw<{ seq: bigint; tag: string | null }[]>`
    SELECT seq, tag::text AS tag
    FROM breaker_transition_counter AS counter LEFT JOIN breaker_transitions USING (seq) WHERE counter.id = 1`;
  if (head === undefined) return START;
  const { seq, tag } = head;
  return tag === null ? { seq: Number(seq), mark: null } : transitionPlace({ seq, tag });
}

/** Whether a place is that of a transition, or may be that of one that is not kept any more. */
export async function holdsTransition(db: Db, { seq, mark }: Place): Promise<boolean> {
  const found = await db.breakerTransition.findUnique({ where: { seq }, select: { seq: true, tag: true } });
  if (found !== null) return mark === null || mark === transitionPlace(found).mark;
  return seq <= (await readForgottenTransition(db));
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
