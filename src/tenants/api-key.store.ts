import type { Db, Tx } from '../storage/database.ts';
import type { Prisma } from '../storage/generated/prisma/client.ts';
import type { ApiKey } from './api-key.ts';
import type { Role } from './viewer.ts';

type ApiKeyRow = Prisma.ApiKeyGetPayload<object>;

/** Every key that has not been revoked, by its id; those that have expired are among them. */
export async function loadKeys(db: Db): Promise<Map<string, ApiKey>> {
  const rows = await db.apiKey.findMany({ where: { revokedAt: null } });
  return new Map(rows.map((row) => [row.id, toKey(row)]));
}

/** A key as it stands once its row is locked until the transaction ends; null when there is none. */
export async function lockKey(tx: Tx, id: string): Promise<ApiKey | null> {
  await tx.$queryRaw`SELECT FROM api_keys WHERE id = ${id} FOR UPDATE`;
  const row = await tx.apiKey.findUnique({ where: { id } });
  return row === null ? null : toKey(row);
}

/** Whether a key with the role ADMIN was ever issued, still live or not. */
export async function hasAdminKey(tx: Tx): Promise<boolean> {
  return (await tx.apiKey.findFirst({ where: { roles: { has: 'ADMIN' } } })) !== null;
}

/** The keys of an environment that are not revoked. */
export async function listUnrevoked(tx: Tx, environment: string): Promise<ApiKey[]> {
  const rows = await tx.apiKey.findMany({ where: { environment, revokedAt: null }, orderBy: { id: 'asc' } });
  return rows.map(toKey);
}

/** How many keys of a tenant are not revoked. */
export async function countKeys(tx: Tx, tenantId: string): Promise<number> {
  return tx.apiKey.count({ where: { tenantId, revokedAt: null } });
}

/** Adds a key; a tenant that is not there violates `api_keys_tenant_exists`. */
export async function insertKey(tx: Tx, key: ApiKey): Promise<void> {
  await tx.apiKey.create({
    data: {
      ...key,
      secretHash: new Uint8Array(key.secretHash),
      roles: [...key.roles],
      createdAt: new Date(key.createdAt),
      lastUsedAt: toDate(key.lastUsedAt),
      expiresAt: toDate(key.expiresAt),
      revokedAt: toDate(key.revokedAt),
    },
  });
}

/** Marks a key as revoked. */
export async function revokeKey(tx: Tx, id: string, now: number): Promise<void> {
  await tx.apiKey.update({ where: { id }, data: { revokedAt: new Date(now) } });
}

/** Notes when keys were last used, by their ids, in one statement; never moves an instant back. */
export async function saveLastUsed(db: Db, lastUsed: ReadonlyMap<string, number>): Promise<void> {
  const ids = [...lastUsed.keys()];
  const instants = [...lastUsed.values()].map((instant) => new Date(instant).toISOString());
  await db.$executeRaw`
    UPDATE api_keys AS key SET last_used_at = greatest(key.last_used_at, used.at)
    FROM unnest(${ids}::text[], ${instants}::timestamptz[]) AS used (id, at)
    WHERE key.id = used.id`;
}

function toKey(row: ApiKeyRow): ApiKey {
  return {
    ...row,
    roles: row.roles as Role[],
    createdAt: row.createdAt.getTime(),
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
    expiresAt: row.expiresAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
  };
}

function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}
