import type { Place } from '../../events/resume.ts';
import type { Db } from '../../storage/database.ts';
import type { Prisma } from '../../storage/generated/prisma/client.ts';
import { decodeAttempts } from './attempt-codec.ts';
import type { DecisionCursor } from './decision-cursor.ts';
import { packLabel, unpackLabels } from '../request/label-codec.ts';
import type { Label } from '../request/request.ts';
import type { Decision, DecisionStatus, DegradedComponent } from './decision.ts';
import { openPlanInputs } from '../plan/candidates/candidate-list.store.ts';
import type { PlanInput } from '../plan/plan-input.ts';

/** The decision of this id, whoever's it is; null when there is none. */
export async function loadDecision(db: Db, id: string): Promise<Decision | null> {
  const row = await db.routingDecision.findUnique({ where: { id } });
  if (row === null) return null;
  const [decision] = await toDecisions(db, [row]);
  return decision ?? null;
}

/** Which of a tenant's decisions to list; null does not narrow. */
export interface DecisionFilter {
  readonly tenantId: string;
  readonly status: DecisionStatus | null;
  readonly workflowId: string | null;
  readonly label: Label | null;
  /** The model that answered. */
  readonly modelKey: string | null;
  /** Created at or after, milliseconds since the epoch. */
  readonly since: number | null;
}

/** The newest `limit` decisions that the filter lets through and that are older than `after`, newest first. */
export async function listDecisions(
  db: Db,
  filter: DecisionFilter,
  after: DecisionCursor | null,
  limit: number,
): Promise<Decision[]> {
  const { tenantId, status, workflowId, label, modelKey, since } = filter;
  const conditions: Prisma.RoutingDecisionWhereInput[] = [];
  if (status !== null) conditions.push({ status });
  if (workflowId !== null) conditions.push({ workflowId });
  if (label !== null) conditions.push({ labels: { has: packLabel(label) } });
  if (modelKey !== null) conditions.push({ modelKey });
  if (since !== null) conditions.push({ createdAt: { gte: new Date(since) } });
  if (after !== null) {
    const createdAt = new Date(after.createdAt);
    // The first condition follows from the second; an index can only begin at the first.
    conditions.push({ createdAt: { lte: createdAt } });
    conditions.push({ OR: [{ createdAt: { lt: createdAt } }, { id: { lt: after.id } }] });
  }
  const rows = await db.routingDecision.findMany({
    where: { tenantId, AND: conditions },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return toDecisions(db, rows);
}

/** The cursor of the decision of a tenant that ended last; null when none has ended. */
export async function readHeadCursor(db: Db, tenantId: string): Promise<DecisionCursor | null> {
  const row = await db.routingDecision.findFirst({
    where: { tenantId, auditSeq: { not: null } },
    orderBy: { auditSeq: 'desc' },
    select: { id: true, createdAt: true, auditSeq: true },
  });
  return row && { id: row.id, createdAt: row.createdAt.getTime(), auditSeq: toNumber(row.auditSeq) };
}

/** At most `limit` decisions of a tenant whose ends stand after `afterSeq` in its audit chain, in their order there. */
export async function readDecisionsAfter(
  db: Db,
  tenantId: string,
  afterSeq: number,
  limit: number,
): Promise<Decision[]> {
  const rows = await db.routingDecision.findMany({
    where: { tenantId, auditSeq: { gt: afterSeq } },
    orderBy: { auditSeq: 'asc' },
    take: limit,
  });
  return toDecisions(db, rows);
}

/** Where the newest end of each of these tenants stands; one without any is absent. */
export async function readDecisionHeads(
  db: Db,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
  const rows = await db.$queryRaw<{ tenant_id: string; seq: number; id: string }[]>`
    SELECT tenant_id::text, seq::float8 AS seq, id::text AS id
    FROM unnest(${[...tenantIds]}::uuid[]) AS tenant (tenant_id)
    CROSS JOIN LATERAL (
      SELECT audit_seq AS seq, id FROM routing_decisions
      WHERE routing_decisions.tenant_id = tenant.tenant_id AND audit_seq IS NOT NULL
      ORDER BY audit_seq DESC LIMIT 1
    ) AS newest`;
  return new Map(rows.map(({ tenant_id: tenantId, seq, id }) => [tenantId, { seq, mark: id }]));
}

/** Where a decision that has ended stands among those of its tenant. */
export function decisionPlace({ auditSeq, id }: Pick<Decision, 'auditSeq' | 'id'>): Place {
  return { seq: auditSeq ?? 0, mark: id };
}

/**
 * Whether a decision ended at this place of its tenant's chain. One that was abandoned there may have ended elsewhere
 * since; the chain keeps both.
 */
export async function holdsDecision(db: Db, tenantId: string, { seq, mark }: Place): Promise<boolean> {
  const where = { tenantId_auditSeq: { tenantId, auditSeq: seq } };
  const ended = await db.routingDecision.findUnique({ where, select: { id: true } });
  if (ended !== null) return mark === null || ended.id === mark;
  const entry = await db.auditEntry.findUnique({
    where: { tenantId_seq: { tenantId, seq } },
    select: { canonical: true, type: true },
  });
  if (entry?.type !== 'routing.abandoned') return false;
  const { payload } = JSON.parse(entry.canonical) as { readonly payload: { readonly decisionId?: unknown } };
  return mark === null || payload.decisionId === mark;
}

/** Whether a tenant has this decision. */
export async function hasDecision(db: Db, tenantId: string, id: string): Promise<boolean> {
  return (await db.routingDecision.findFirst({ where: { id, tenantId }, select: { id: true } })) !== null;
}

type DecisionRow = Prisma.RoutingDecisionGetPayload<object>;

async function toDecisions(db: Db, rows: readonly DecisionRow[]): Promise<Decision[]> {
  const inputs = await openPlanInputs(
    db,
    rows.map(({ planInput }) => planInput),
  );
  return rows.map((row, index) => toDecision(row, inputs[index] as () => PlanInput));
}

/**
 * What was planned from is looked into when it is first asked for: it takes most of the time, and a page's two hundred
 * would be decoded in one piece.
 */
function toDecision(row: DecisionRow, open: () => PlanInput): Decision {
  let planInput: PlanInput | undefined;
  return {
    id: row.id,
    tenantId: row.tenantId,
    status: row.status as DecisionStatus,
    workflowId: row.workflowId,
    ...(row.labels.length > 0 && { labels: unpackLabels(row.labels) }),
    createdAt: row.createdAt.getTime(),
    deadlineAt: row.deadlineAt.getTime(),
    get planInput() {
      return (planInput ??= open());
    },
    attempts: decodeAttempts(row.attempts),
    completedAt: row.completedAt?.getTime() ?? null,
    latencyMs: row.latencyMs,
    costMicroUsd: toNumber(row.costMicroUsd),
    modelKey: row.modelKey,
    auditSeq: toNumber(row.auditSeq),
    degraded: row.degraded as DegradedComponent[],
  };
}

function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
