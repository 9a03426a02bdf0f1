import type { Tx } from '../../storage/database.ts';
import type { Decision } from './decision.ts';

/** A pending decision that nobody will complete any more. */
export type OverdueDecision = Pick<Decision, 'id' | 'tenantId' | 'deadlineAt'>;

/** Locks at most `limit` pending decisions whose deadline was before `deadlineBefore`, except those that others hold. */
export async function lockOverdueDecisions(
  tx: Tx,
  deadlineBefore: number,
  limit: number,
): Promise<OverdueDecision[]> {
  const rows = await tx.$queryRaw<{ id: string; tenant_id: string; deadline_at: Date }[]>`
    SELECT id, tenant_id, deadline_at FROM routing_decisions
    WHERE status = 'PENDING' AND deadline_at < ${new Date(deadlineBefore)}
    ORDER BY deadline_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return rows.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    deadlineAt: row.deadline_at.getTime(),
  }));
}
