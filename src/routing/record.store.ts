import type { Tx } from '../storage/database.ts';
import { encodeAttempts } from './attempt-codec.ts';
import type { Decision, DecisionStatus } from './decision.ts';
import type { DecisionEnd, NewDecision } from './writing.ts';

/** What a stored decision has come to so far. */
export interface DecisionProgress {
  readonly id: string;
  readonly status: DecisionStatus;
  readonly auditSeq: number | null;
}

/**
 * Inserts pending decisions, of which one that is already there stays as it is; and locks those of `endingIds`, in
 * order of id and until the transaction ends, and tells how far they have come, if they were there before. One
 * statement, because each costs the callers of a whole batch a trip to the database.
 */
export async function insertAndLockDecisions(
  tx: Tx,
  rows: readonly NewDecision[],
  endingIds: readonly string[],
): Promise<DecisionProgress[]> {
  const records = rows.map((row) => ({
    id: row.id,
    tenant_id: row.tenantId,
    workflow_id: row.workflowId,
    created_at: new Date(row.createdAt),
    deadline_at: new Date(row.deadlineAt),
    planner_version: row.plannerVersion,
    plan_input: row.planInput,
  }));
  const found = await tx.$queryRaw<{ id: string; status: DecisionStatus; audit_seq: bigint | null }[]>`
    WITH inserted AS (
      INSERT INTO routing_decisions
        (id, tenant_id, status, workflow_id, created_at, deadline_at, planner_version, plan_input)
      SELECT id, tenant_id, 'PENDING', workflow_id, created_at, deadline_at, planner_version, plan_input
      FROM json_to_recordset(${JSON.stringify(records)}::json) AS row (
        id uuid, tenant_id uuid, workflow_id text, created_at timestamptz, deadline_at timestamptz,
        planner_version int, plan_input text
      )
      ON CONFLICT (id) DO NOTHING
    )
    SELECT id, status, audit_seq FROM routing_decisions
    WHERE id = ANY (${endingIds}::uuid[]) ORDER BY id FOR UPDATE`;
  return found.map((row) => ({
    id: row.id,
    status: row.status,
    auditSeq: row.audit_seq === null ? null : Number(row.audit_seq),
  }));
}

/** A decision's end and its place in the chain. */
export type PlacedEnd = DecisionEnd & Pick<Decision, 'auditSeq'>;

/** Writes how decisions ended, in one statement. The caller has locked them and knows that they may end so. */
export async function completeDecisions(tx: Tx, ends: readonly PlacedEnd[]): Promise<void> {
  const records = ends.map((end) => ({
    id: end.id,
    status: end.status,
    attempts: encodeAttempts(end.attempts),
    completed_at: end.completedAt === null ? null : new Date(end.completedAt),
    latency_ms: end.latencyMs,
    cost_micro_usd: end.costMicroUsd,
    model_key: end.modelKey,
    audit_seq: end.auditSeq,
    degraded: end.degraded,
  }));
  await tx.$executeRaw`
    UPDATE routing_decisions AS decision
    SET status = row.status, attempts = row.attempts::json, completed_at = row.completed_at,
        latency_ms = row.latency_ms, cost_micro_usd = row.cost_micro_usd, model_key = row.model_key,
        audit_seq = row.audit_seq, degraded = row.degraded
    FROM json_to_recordset(${JSON.stringify(records)}::json) AS row (
      id uuid, status text, attempts text, completed_at timestamptz, latency_ms int, cost_micro_usd bigint,
      model_key text, audit_seq bigint, degraded text[]
    )
    WHERE decision.id = row.id`;
}

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
