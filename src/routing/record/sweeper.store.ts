import type { Tx } from '../../storage/database.ts';
import type { Decision } from './decision.ts';

/** A pending decision that nobody will complete any more. */
export type OverdueDecision = Pick<Decision, 'id' | 'tenantId' | 'deadlineAt'>;

/**
 * Locks at most `limit` pending decisions that are still without an end so long after their deadline, except those that
 * others hold. By the database's clock alone: a call's deadline is as far from when it was written down as the instance
 * that did so gave it time.
 */
export async function lockOverdueDecisions(
  tx: Tx,
  afterDeadlineMs: number,
  limit: number,
): Promise<OverdueDecision[]> {
  const rows = await tx.$queryRaw<{ id: string; tenant_id: string; deadline_at: Date }[]>`
    SELECT id, tenant_id, deadline_at FROM routing_decisions
    WHERE status = 'PENDING'
      AND coalesce(recorded_at, created_at) + (deadline_at - created_at)
          < clock_timestamp() - ${afterDeadlineMs}::float8 * interval '1 millisecond'
    ORDER BY deadline_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return rows.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    deadlineAt: row.deadline_at.getTime(),
  }));
}
