import type { BusEvent } from '../events/bus.ts';
import { insertDefaultPolicy } from '../policies/policy.store.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import { bumpTopic } from '../storage/topic-version.store.ts';
import type { Tenant } from './tenant.ts';
import { resolveTenantId } from './viewer-scope.ts';
import type { Viewer } from './viewer.ts';

type TenantRow = Prisma.TenantGetPayload<object>;

/** The tenant with this id, which must be a UUID, or with this slug; null when there is none. */
export async function findTenant(db: Db, by: { id: string } | { slug: string }): Promise<Tenant | null> {
  const row = await db.tenant.findUnique({ where: by });
  return row === null ? null : toTenant(row);
}

/** The ids of all tenants, by slug and by id; what is both is an id. */
export async function loadTenantNames(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db.tenant.findMany({ select: { id: true, slug: true } });
  return new Map([
    ...rows.map(({ slug, id }) => [slug, id] as const),
    ...rows.map(({ id }) => [id, id] as const),
  ]);
}

/** As `resolveTenantId`; undefined also when there never was such a tenant. A deleted one has left its chain. */
export async function knownTenantId(
  db: Db,
  viewer: Viewer,
  named: Parameters<typeof resolveTenantId>[1],
): Promise<string | undefined> {
  const id = resolveTenantId(viewer, named);
  if (id === undefined || id === viewer.tenantId) return id;

  const [row] = await db.$queryRaw<{ known: boolean }[]>`
    SELECT EXISTS (SELECT FROM tenants WHERE id = ${id}::uuid)
      OR EXISTS (SELECT FROM audit_heads WHERE tenant_id = ${id}::uuid) AS known`;
  return row?.known === true ? id : undefined;
}

/** How many there are. */
export async function countTenants(tx: Tx): Promise<number> {
  return tx.tenant.count();
}

/**
 * Adds a tenant with the default policy; a slug that is taken violates `tenants_slug_unique`. Returns what instances
 * are to be told after the commit.
 */
export async function insertTenant(tx: Tx, tenant: Tenant): Promise<readonly BusEvent[]> {
  await tx.tenant.create({ data: { ...tenant, createdAt: new Date(tenant.createdAt) } });
  await insertDefaultPolicy(tx, tenant.id, tenant.createdAt);
  return [{ topic: 'policies', key: tenant.id, seq: await bumpTopic(tx, 'policies') }];
}

/**
 * Removes a tenant with its policy and keys; null when there was none. Returns what instances are to be told after
 * the commit.
 */
export async function deleteTenant(tx: Tx, id: string): Promise<readonly BusEvent[] | null> {
  const { count } = await tx.tenant.deleteMany({ where: { id } });
  if (count === 0) return null;
  return [
    { topic: 'policies', key: id, seq: await bumpTopic(tx, 'policies') },
    { topic: 'keys', key: '', seq: await bumpTopic(tx, 'keys') },
  ];
}

function toTenant(row: TenantRow): Tenant {
  return { ...row, createdAt: row.createdAt.getTime() };
}
