import type { Db } from '../../storage/database.ts';
import { openPlanInputs } from '../plan/candidates/candidate-list.store.ts';
import type { PlanInput } from '../plan/plan-input.ts';

/** Which of a tenant's calls; instants are milliseconds since the epoch. */
export interface RecordedRange {
  readonly tenantId: string;
  /** Decided at or after. */
  readonly since: number;
  /** Decided before; null: until now. */
  readonly until: number | null;
}

/** What a recorded call was planned from, and its place in the order of decisions. */
export interface RecordedInput {
  readonly id: string;
  readonly createdAt: number;
  readonly planInput: PlanInput;
}

/** The newest `limit` calls of a range that were decided before `last` (null: all), newest first. */
export async function readRecordedInputs(
  db: Db,
  { tenantId, since, until }: RecordedRange,
  last: Pick<RecordedInput, 'id' | 'createdAt'> | null,
  limit: number,
): Promise<RecordedInput[]> {
  const rows = await db.routingDecision.findMany({
    where: {
      tenantId,
      createdAt: { gte: new Date(since), ...(until === null ? {} : { lt: new Date(until) }) },
      AND: last === null ? [] : olderThan(last),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: { id: true, createdAt: true, planInput: true },
  });
  const inputs = await openPlanInputs(
    db,
    rows.map(({ planInput }) => planInput),
  );
  return rows.map(({ id, createdAt }, index) => ({
    id,
    createdAt: createdAt.getTime(),
    planInput: (inputs[index] as () => PlanInput)(),
  }));
}

function olderThan(last: Pick<RecordedInput, 'id' | 'createdAt'>) {
  const createdAt = new Date(last.createdAt);
  // The first condition follows from the second; an index can only begin at the first.
  return [
    { createdAt: { lte: createdAt } },
    { OR: [{ createdAt: { lt: createdAt } }, { id: { lt: last.id } }] },
  ];
}
