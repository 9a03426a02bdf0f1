import { createMemoryBus } from '../../src/events/bus.memory.ts';
import { createPolicyService } from '../../src/policies/policy.service.ts';
import type { Database } from '../../src/storage/database.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import type { Sha256 } from '../../src/system/digest.ts';
import type { Log } from '../../src/system/log.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { createApiKeyService } from '../../src/tenants/api-key.service.ts';
import type { KeyRequest } from '../../src/tenants/key-request.ts';
import { createLastUsed } from '../../src/tenants/last-used.service.ts';
import { nodeSameBytes } from '../../src/tenants/same-bytes.node.ts';
import { createTenantService } from '../../src/tenants/tenant.service.ts';
import type { Role } from '../../src/tenants/viewer.ts';
import { createManualTime, type ManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';

/** The services of one instance, over a time that the test moves. */
export async function openTenants(
  database: Database,
  time: ManualTime = createManualTime(),
  log: Log = silentLog,
  sha256: Sha256 = nodeSha256,
) {
  await using stack = new AsyncDisposableStack();
  const { clock, timers } = time;
  const random = createNodeRandom(() => clock.now());
  const bus = createMemoryBus(log);
  const common = { database, bus, clock, timers, random, sha256, log };
  const policies = stack.use(await createPolicyService(common));
  const lastUsed = stack.use(createLastUsed(database.prisma, timers, log));
  const apiKeys = stack.use(
    await createApiKeyService({ ...common, policies, sameBytes: nodeSameBytes, lastUsed }),
  );
  const tenants = createTenantService({ ...common, policies, apiKeys });
  const owned = stack.move();
  return { ...common, time, policies, apiKeys, tenants, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A wish for a key with these roles and nothing else. */
export function keyOf(...roles: Role[]): KeyRequest {
  return { roles, label: null, expiresAt: null, requestsPerMinute: null, tokensPerMinute: null };
}

/** A tenant's audit entries in order: what their texts say. */
export async function auditOf(database: Database, tenantId: string) {
  const rows = await database.prisma.auditEntry.findMany({ where: { tenantId }, orderBy: { seq: 'asc' } });
  return rows.map(
    (row) => JSON.parse(row.canonical) as { type: string; actor: string; payload: Record<string, unknown> },
  );
}
