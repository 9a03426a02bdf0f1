import type { Db, Tx } from '../storage/database.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import type { PolicyName, RoutingPolicy, TenantPolicy } from './policy.ts';

type PolicyRow = Prisma.TenantRoutingPolicyGetPayload<object>;

/** The policy of every tenant, by its id. */
export async function loadPolicies(db: Db): Promise<Map<string, TenantPolicy>> {
  const rows = await db.tenantRoutingPolicy.findMany();
  return new Map(rows.map((row) => [row.tenantId, toPolicy(row)]));
}

/** A tenant's policy as it stands once its row is locked until the transaction ends; null when there is none. */
export async function lockPolicy(tx: Tx, tenantId: string): Promise<TenantPolicy | null> {
  await tx.$queryRaw`SELECT FROM tenant_routing_policy WHERE tenant_id = ${tenantId}::uuid FOR UPDATE`;
  const row = await tx.tenantRoutingPolicy.findUnique({ where: { tenantId } });
  return row === null ? null : toPolicy(row);
}

/** Gives a new tenant the policy that the database's defaults make. */
export async function insertDefaultPolicy(tx: Tx, tenantId: string, now: number): Promise<void> {
  await tx.tenantRoutingPolicy.create({ data: { tenantId, updatedAt: new Date(now) } });
}

/** Writes a policy over the one that is there, its version included. */
export async function updatePolicy(tx: Tx, policy: TenantPolicy): Promise<void> {
  const { tenantId, updatedAt } = policy;
  const data = { ...toColumns(policy), updatedAt: new Date(updatedAt) };
  await tx.tenantRoutingPolicy.update({ where: { tenantId }, data });
}

function toColumns(policy: RoutingPolicy) {
  return {
    policyName: policy.policyName,
    qualityWeight: policy.qualityWeightPct / 100,
    latencyWeight: policy.latencyWeightPct / 100,
    costWeight: policy.costWeightPct / 100,
    fallbackEnabled: policy.fallbackEnabled,
    fallbackCostPenaltyPct: policy.fallbackCostPenaltyBps / 100,
    complianceVetoThreshold: policy.complianceVetoThresholdPct / 100,
    nearEqualMargin: policy.nearEqualMarginPct / 100,
    maxAttempts: policy.maxAttempts,
    timeoutMs: policy.timeoutMs,
    allowedModels: [...policy.allowedModels],
    deniedModels: [...policy.deniedModels],
    version: policy.version,
  };
}

function toPolicy(row: PolicyRow): TenantPolicy {
  return {
    tenantId: row.tenantId,
    policyName: row.policyName as PolicyName,
    qualityWeightPct: row.qualityWeight.times(100).toNumber(),
    latencyWeightPct: row.latencyWeight.times(100).toNumber(),
    costWeightPct: row.costWeight.times(100).toNumber(),
    fallbackEnabled: row.fallbackEnabled,
    fallbackCostPenaltyBps: row.fallbackCostPenaltyPct.times(100).toNumber(),
    complianceVetoThresholdPct: row.complianceVetoThreshold.times(100).toNumber(),
    nearEqualMarginPct: row.nearEqualMargin.times(100).toNumber(),
    maxAttempts: row.maxAttempts,
    timeoutMs: row.timeoutMs,
    allowedModels: row.allowedModels,
    deniedModels: row.deniedModels,
    version: row.version,
    updatedAt: row.updatedAt.getTime(),
  };
}
