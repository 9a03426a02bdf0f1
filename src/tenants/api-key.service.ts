import { appendEntries } from '../audit/audit.store.ts';
import type { AuditDraft } from '../audit/entry.ts';
import type { Bus } from '../events/bus.ts';
import { createLiveView } from '../events/live-view.service.ts';
import type { Losses } from '../events/losses.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { Database, Tx } from '../storage/database.ts';
import { readDatabaseClock } from '../storage/database-clock.ts';
import { orUnavailable, storageFault } from '../storage/storage-fault.ts';
import { bumpTopic, readAtVersion, readTopic } from '../storage/topic-version.store.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import type { Sha256 } from '../system/digest.ts';
import { ForbiddenError, NotFoundError } from '../system/expected-error.ts';
import { requireRoom } from '../system/input/room.ts';
import { requireSound } from '../system/input/reader.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import {
  drawKey,
  environmentOf,
  isLive,
  isMistyped,
  keyIdOf,
  viewerOf,
  type ApiKey,
  type SameBytes,
} from './api-key.ts';
import { countKeys, insertKey, loadKeys, lockKey, revokeKey } from './api-key.store.ts';
import { keyEntry } from './key-entry.ts';
import { checkKeyRequest, newKey, type KeyRequest } from './key-request.ts';
import type { LastUsed } from './last-used.service.ts';
import { mayDo, missingRole } from './permissions.ts';
import { isInScope, noSuchTenant } from './viewer-scope.ts';
import { actorOf, type Role, type Viewer } from './viewer.ts';

/** How often an instance asks whether keys have changed, for changes of which no event arrived. */
const POLL_MS = 2000;

/** API keys: judged from memory, changed in the database, live when the change returns. */
export interface ApiKeyService extends AsyncDisposable {
  /** The caller that presents this key; undefined when it is unknown, revoked or expired. Neither waits nor fails. */
  authenticate(text: string): Viewer | undefined;
  /** A key that admits its holder now; undefined when it does not, or not any more. */
  liveKey(id: string): ApiKey | undefined;
  /** Resolves when `authenticate` knows everything committed before the call. Never rejects. */
  refresh(): Promise<void>;
  /**
   * Issues a key, whose text is told here and never again. Throws InvalidInputError, NotFoundError when there is
   * no such tenant, ForbiddenError when only an ADMIN may issue it, UnavailableError.
   */
  issue(viewer: Viewer, tenantId: string, request: KeyRequest): Promise<IssuedKey>;
  /** Revokes a key for good; one that is revoked stays as it is. Throws NotFoundError, ForbiddenError, UnavailableError. */
  revoke(viewer: Viewer, id: string): Promise<void>;
}

export interface IssuedKey {
  readonly id: string;
  /** What its holder presents. */
  readonly text: string;
}

export interface ApiKeyServiceOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly sameBytes: SameBytes;
  readonly lastUsed: LastUsed;
  /** Their tenants' policies: a key admits nobody before what its calls are planned by is there. */
  readonly policies: Pick<PolicyService, 'policyOf' | 'refresh'>;
  readonly log: Log;
  /** Hears that the table lacks what was known of it. */
  readonly losses?: Pick<Losses, 'report'>;
}

/** Loads all keys; rejects when the database is away. */
export async function createApiKeyService(options: ApiKeyServiceOptions): Promise<ApiKeyService> {
  const { database, bus, clock, random, sha256, sameBytes, lastUsed } = options;
  const db = database.prisma;
  const view = await openView(options);

  /** A change of a key and the audit entries that it returns commit together; then every instance hears of it. */
  async function change(
    id: string,
    work: (tx: Tx, now: number) => Promise<readonly AuditDraft[]>,
  ): Promise<void> {
    const seq = await orUnavailable(() =>
      inTransaction(db, async (tx) => {
        const entries = await work(tx, clock.now());
        const bumped = await bumpTopic(tx, 'keys');
        await appendEntries(tx, entries);
        return bumped;
      }),
    );
    bus.publish({ topic: 'keys', key: id, seq });
    await view.refresh();
  }

  function liveKey(id: string): ApiKey | undefined {
    const { keys, originMs } = view.current();
    const key = keys.get(id);
    return key !== undefined && isLive(key, originMs + clock.monotonicMs()) ? key : undefined;
  }

  return {
    liveKey,
    refresh: () => view.refresh(),
    authenticate(text) {
      if (isMistyped(text)) return undefined;
      const secretHash = sha256(text);
      const key = liveKey(keyIdOf(text, secretHash));
      if (key === undefined || !sameBytes(secretHash, key.secretHash)) return undefined;
      lastUsed.note(key.id, clock.now());
      return viewerOf(key);
    },
    async issue(viewer, tenantId, request) {
      requireMayManage(viewer, request.roles);
      const environment = environmentOf(database.kind);
      const { id, text } = drawKey(environment, random);
      await change(id, async (tx, now) => {
        const sound = requireSound(checkKeyRequest(request, await readDatabaseClock(tx)));
        const key = newKey({ id, tenantId, environment, secretHash: sha256(text) }, sound, now);
        requireRoom(await countKeys(tx, tenantId), MAX_KEYS_PER_TENANT, 'keys that are not revoked');
        await insertKey(tx, key);
        return [keyEntry('key.issued', key, { id: random.uuid(), at: now, actor: actorOf(viewer) })];
      }).catch(throwNoSuchTenant);
      return { id, text };
    },
    revoke: (viewer, id) =>
      change(id, async (tx, now) => {
        const key = await lockKey(tx, id);
        if (key === null || !isInScope(viewer, key.tenantId)) {
          throw new NotFoundError('There is no such API key.');
        }
        requireMayManage(viewer, key.roles);
        if (key.revokedAt !== null) return [];
        await revokeKey(tx, id, now);
        return [keyEntry('key.revoked', key, { id: random.uuid(), at: now, actor: actorOf(viewer) })];
      }),
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

function openView({ database, bus, clock, timers, policies, log, losses }: ApiKeyServiceOptions) {
  const db = database.prisma;
  /** The keys, and what the database's clock showed when this instance's monotonic one showed 0. */
  const loadWithClock = async (tx: Tx) => {
    const originMs = (await readDatabaseClock(tx)) - clock.monotonicMs();
    return { keys: await loadKeys(tx), originMs };
  };
  // The first key of a tenant that another instance has just created may be heard of before its policy is.
  const load = async () => {
    const loaded = await readAtVersion(db, 'keys', loadWithClock);
    const keys = [...loaded.value.keys.values()];
    if (keys.some((key) => policies.policyOf(key.tenantId) === undefined)) await policies.refresh();
    return loaded;
  };
  const readVersion = () => readTopic(db, 'keys');
  return createLiveView({ topic: 'keys', bus, load, readVersion, timers, pollMs: POLL_MS, log, losses });
}

/** Each instance keeps all keys in memory. */
const MAX_KEYS_PER_TENANT = 1000;

function requireMayManage(viewer: Viewer, roles: readonly Role[]): void {
  if (!roles.includes('ADMIN') || mayDo(viewer.roles, 'manageAdminKeys')) return;
  throw new ForbiddenError(missingRole(viewer.roles, 'manageAdminKeys'));
}

function throwNoSuchTenant(error: unknown): never {
  const fault = storageFault(error);
  throw fault.kind === 'constraint' && fault.constraint === 'api_keys_tenant_exists' ? noSuchTenant() : error;
}
