import { appendEntries } from '../audit/audit.store.ts';
import { PLATFORM_TENANT_ID } from '../audit/entry.ts';
import type { Bus, BusEvent } from '../events/bus.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { Database, Tx } from '../storage/database.ts';
import { orUnavailable, storageFault } from '../storage/storage-fault.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { requireRoom } from '../system/input/room.ts';
import { requireSound } from '../system/input/reader.ts';
import type { Random } from '../system/random.ts';
import { isUuid } from '../system/input/uuid.ts';
import type { ApiKeyService } from './api-key.service.ts';
import { tenantEntry } from './tenant-entry.ts';
import { countTenants, deleteTenant, findTenant, insertTenant } from './tenant.store.ts';
import { checkTenant, DEFAULT_TENANT_SLUG, slugTaken, type Tenant } from './tenant.ts';
import { noSuchTenant } from './viewer-scope.ts';
import { actorOf, type Viewer } from './viewer.ts';

/** Each instance keeps all policies in memory. */
const MAX_TENANTS = 100_000;

/** Tenants, as an ADMIN manages them. */
export interface TenantService {
  /** Adds a tenant with the default policy and no keys. Throws InvalidInputError, UnavailableError. */
  create(viewer: Viewer, input: Pick<Tenant, 'slug' | 'name'>): Promise<Tenant>;
  /**
   * Removes a tenant with its policy and keys; its audit chain and decisions stay. Throws NotFoundError,
   * InvalidInputError for the tenant `default` and for the caller's own, UnavailableError.
   */
  delete(viewer: Viewer, id: string): Promise<void>;
}

export interface TenantServiceOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly policies: PolicyService;
  /** What callers are judged by: a tenant’s keys, and the tenant of a token, go with it. */
  readonly apiKeys: Pick<ApiKeyService, 'refresh'>;
}

/** Changes tenants in the database; every instance hears of it, and this one follows before a call returns. */
export function createTenantService(options: TenantServiceOptions): TenantService {
  const { database, bus, clock, random, policies, apiKeys } = options;

  async function change(work: (tx: Tx) => Promise<readonly BusEvent[]>): Promise<void> {
    const events = await orUnavailable(() => inTransaction(database.prisma, work));
    for (const event of events) bus.publish(event);
    await Promise.all([policies.refresh(), apiKeys.refresh()]);
  }

  return {
    async create(viewer, input) {
      const sound = requireSound(checkTenant(input));
      const now = clock.now();
      const tenant = { id: random.uuid(), ...sound, createdAt: now };
      await change(async (tx) => {
        requireRoom(await countTenants(tx), MAX_TENANTS, 'tenants');
        const events = await insertTenant(tx, tenant);
        const act = { id: random.uuid(), at: now, actor: actorOf(viewer) };
        await appendEntries(tx, [tenantEntry('tenant.created', tenant, PLATFORM_TENANT_ID, act)]);
        return events;
      }).catch(throwSlugTaken);
      return tenant;
    },
    async delete(viewer, id) {
      await change(async (tx) => {
        const tenant = isUuid(id) ? await findTenant(tx, { id }) : null;
        if (tenant === null) throw noSuchTenant();
        requireDeletable(tenant, viewer);
        const events = await deleteTenant(tx, id);
        if (events === null) throw noSuchTenant();
        const act = { at: clock.now(), actor: actorOf(viewer) };
        const entries = [id, PLATFORM_TENANT_ID].map((chain) =>
          tenantEntry('tenant.deleted', tenant, chain, { ...act, id: random.uuid() }),
        );
        await appendEntries(tx, entries);
        return events;
      });
    },
  };
}

function requireDeletable(tenant: Tenant, viewer: Viewer): void {
  const refuse = (message: string) => new InvalidInputError([{ path: ['id'], message }]);
  if (tenant.slug === DEFAULT_TENANT_SLUG) throw refuse('the tenant `default` cannot be deleted');
  if (tenant.id === viewer.tenantId) throw refuse('the tenant of the key in use cannot be deleted');
}

function throwSlugTaken(error: unknown): never {
  const fault = storageFault(error);
  const taken = fault.kind === 'constraint' && fault.constraint === 'tenants_slug_unique';
  throw taken ? new InvalidInputError([slugTaken]) : error;
}
