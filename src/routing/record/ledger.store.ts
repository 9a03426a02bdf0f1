import { encodeDrafts } from '../../audit/audit.store.ts';
import type { Db } from '../../storage/database.ts';
import { encodeAttempts } from './attempt-codec.ts';
import { packLabels } from '../request/label-codec.ts';
import { encodeSettlements, type KeySettlement } from './key-settlement.ts';
import type { DecisionEnd, NewDecision, Writing } from './writing.ts';

/**
 * Writes beginnings and ends with their audit entries, in order, and returns the seq of each one's entry. What has
 * been written before stays as it is, and so does a decision that has ended: an end is then answered with the seq
 * at which it ended, or with null when it never began. One that was abandoned may still end.
 *
 * One statement, which commits by itself outside a transaction: no trip to the database passes while the heads of
 * chains are held. It locks the rows of decisions, then their keys, then the heads; a head that is not free in time
 * fails it with the fault `lock_timeout`.
 */
export async function recordWritings(db: Db, writings: readonly Writing[]): Promise<(number | null)[]> {
  const drafts = encodeDrafts(writings.map(({ draft }) => draft));
  const beginnings = writings.flatMap((writing) =>
    writing.kind === 'decided' ? [toBeginning(writing.row)] : [],
  );
  const ends = writings.flatMap((writing, index) =>
    writing.kind === 'completed' ? [toEnd(writing.end, index + 1)] : [],
  );
  const settlements = writings.flatMap((writing) =>
    writing.kind === 'completed' && writing.key !== null ? [writing.key] : [],
  );
  const [row] = await db.$queryRaw<{ seqs: (bigint | null)[] }[]>`
    SELECT record_writings_v2(
      ${drafts}::json, ${JSON.stringify(beginnings)}::json, ${JSON.stringify(ends)}::json,
      ${encodeSettlements(settlements)}::json
    ) AS seqs`;
  return (row?.seqs ?? []).map((seq) => (seq === null ? null : Number(seq)));
}

/**
 * Keeps the results of calls that have ended, and frees the keys of those that left none. Touches no key that its
 * call does not hold any more, nor frees one that has a result; repeating it changes nothing but a result's expiry.
 */
export async function settleKeys(db: Db, settlements: readonly KeySettlement[]): Promise<void> {
  await db.$executeRaw`SELECT settle_idempotency_keys_v1(${encodeSettlements(settlements)}::json)`;
}

function toBeginning(row: NewDecision): object {
  return {
    id: row.id,
    tenant_id: row.tenantId,
    workflow_id: row.workflowId,
    labels: packLabels(row.labels),
    created_at: new Date(row.createdAt),
    deadline_at: new Date(row.deadlineAt),
    planner_version: row.plannerVersion,
    plan_input: row.planInput,
  };
}

/** `place` is that of its draft among all, from 1. */
function toEnd(end: DecisionEnd, place: number): object {
  return {
    id: end.id,
    place,
    status: end.status,
    // A text within the text: the database keeps it as it is, whatever characters it names.
    attempts: encodeAttempts(end.attempts),
    completed_at: end.completedAt === null ? null : new Date(end.completedAt),
    latency_ms: end.latencyMs,
    cost_micro_usd: end.costMicroUsd,
    model_key: end.modelKey,
    degraded: end.degraded,
  };
}
