import { appendEntries } from '../audit/audit.store.ts';
import { PLATFORM_TENANT_ID, type AuditDraft } from '../audit/entry.ts';
import type { Bus, BusEvent } from '../events/bus.ts';
import type { Database, Tx } from '../storage/database.ts';
import { bumpTopic } from '../storage/topic-version.store.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import type { Sha256 } from '../system/digest.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { AdminKeyFile } from './admin-key-file.ts';
import { drawKey, environmentOf, keyIdOf } from './api-key.ts';
import { hasAdminKey, insertKey, listUnrevoked, lockKey, revokeKey } from './api-key.store.ts';
import { keyEntry } from './key-entry.ts';
import { newKey, type KeyRequest } from './key-request.ts';
import { tenantEntry } from './tenant-entry.ts';
import { findTenant, insertTenant } from './tenant.store.ts';
import { DEFAULT_TENANT_SLUG } from './tenant.ts';

/** The environment of the key that an operator has configured, by which a later start recognises it. */
const CONFIGURED = 'configured';

/** Held while a server bootstraps, so that of servers that start together one does the work. */
const LOCK_ID = 7_309_463_912;

/** How long a server waits for another one's bootstrap. */
const LONGEST_WAIT_MS = 30_000;

export interface BootstrapOptions {
  readonly database: Database;
  /** Other instances may be running: a key that this start revokes must not admit anybody there either. */
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly log: Log;
  /** The admin key that the operator chose; null: one is generated. */
  readonly configuredKey: string | null;
}

/** What every step of a bootstrap works with. */
interface Bootstrap extends BootstrapOptions {
  readonly tx: Tx;
  /** What was done, to be appended at the end: audit heads are locked after all other rows. */
  readonly entries: AuditDraft[];
  /** What to tell other instances after the commit. */
  readonly events: BusEvent[];
}

/**
 * Makes sure that there is a tenant `default`, and that the configured admin key, if there is one, belongs to it; to be
 * run at every start, before keys and policies are loaded.
 */
export function bootstrap(options: BootstrapOptions): Promise<void> {
  return underLock(options, async (own) => {
    const tenantId = await ensureDefaultTenant(own);
    if (own.configuredKey === null) return;
    const id = await ensureKey(own, { tenantId, environment: CONFIGURED, text: own.configuredKey });
    await revokeFormerlyConfigured(own, id);
  });
}

/** How a generated key comes to the people who need it. */
export interface KeyAnnouncement {
  /** Where it is kept. The embedded database alone has a file for it, because its data directory is its owner's. */
  readonly file: AdminKeyFile;
  /** Tells a key, before it is stored: one that nobody was told never admits anybody. */
  show(text: string): void;
}

/**
 * Makes sure that there is an admin key, and tells a new one; to be run when everything else of a start has succeeded,
 * because a key that a failed start leaves behind is known to nobody. One that is kept in the file but was never
 * stored, as after a crash in between, is told again. Without a file another one is generated only for a database
 * that never had any.
 */
export async function provideAdminKey(
  options: BootstrapOptions,
  { file, show }: KeyAnnouncement,
): Promise<void> {
  if (options.configuredKey !== null) return;
  const isEmbedded = options.database.kind === 'embedded';
  await underLock(options, async (own) => {
    const kept = isEmbedded ? await file.read() : null;
    if (kept === null && !isEmbedded && (await hasAdminKey(own.tx))) return;
    const environment = environmentOf(own.database.kind);
    const text = kept ?? drawKey(environment, own.random).text;
    if (isEmbedded && kept === null) await file.write(text);
    const tenantId = await ensureDefaultTenant(own);
    await ensureKey(own, { tenantId, environment, text }, show);
  });
}

async function underLock(options: BootstrapOptions, work: (own: Bootstrap) => Promise<void>): Promise<void> {
  const { database, bus } = options;
  const events: BusEvent[] = [];
  await inTransaction(
    database.prisma,
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK_ID}::bigint)`;
      const own: Bootstrap = { ...options, tx, entries: [], events };
      await work(own);
      if (own.entries.some((entry) => entry.type !== 'tenant.created')) {
        events.push({ topic: 'keys', key: '', seq: await bumpTopic(tx, 'keys') });
      }
      await appendEntries(tx, own.entries);
    },
    { maxWaitMs: LONGEST_WAIT_MS, timeoutMs: LONGEST_WAIT_MS },
  );
  for (const event of events) bus.publish(event);
}

async function ensureDefaultTenant(own: Bootstrap): Promise<string> {
  const { tx, random, clock } = own;
  const present = await findTenant(tx, { slug: DEFAULT_TENANT_SLUG });
  if (present !== null) return present.id;
  const tenant = { id: random.uuid(), slug: DEFAULT_TENANT_SLUG, name: 'Default', createdAt: clock.now() };
  own.events.push(...(await insertTenant(tx, tenant)));
  own.entries.push(tenantEntry('tenant.created', tenant, PLATFORM_TENANT_ID, actOf(own)));
  return tenant.id;
}

/** Stores a key, told just before, unless it is there already, and returns its id. One that was revoked stays revoked. */
async function ensureKey(
  own: Bootstrap,
  { text, ...place }: { readonly tenantId: string; readonly environment: string; readonly text: string },
  show: (text: string) => void = () => {},
): Promise<string> {
  const { tx, sha256, log } = own;
  const secretHash = sha256(text);
  const id = keyIdOf(text, secretHash);
  const present = await lockKey(tx, id);
  if (present === null) {
    const act = actOf(own);
    const key = newKey({ ...place, id, secretHash }, ADMIN_KEY, act.at);
    show(text);
    await insertKey(tx, key);
    own.entries.push(keyEntry('key.issued', key, act));
  } else if (present.revokedAt !== null || !present.roles.includes('ADMIN')) {
    log.warn('the bootstrap admin key is revoked, or is a key of another role; it admits nobody as ADMIN', {
      id,
    });
  }
  return id;
}

const ADMIN_KEY: KeyRequest = {
  roles: ['ADMIN'],
  label: 'Bootstrap admin key',
  expiresAt: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
};

/** The configured key takes the place of the one that was configured before. */
async function revokeFormerlyConfigured(own: Bootstrap, configuredId: string): Promise<void> {
  for (const key of await listUnrevoked(own.tx, CONFIGURED)) {
    if (key.id === configuredId) continue;
    const act = actOf(own);
    await revokeKey(own.tx, key.id, act.at);
    own.entries.push(keyEntry('key.revoked', key, act));
  }
}

function actOf({ random, clock }: Bootstrap): Pick<AuditDraft, 'id' | 'at' | 'actor'> {
  return { id: random.uuid(), at: clock.now(), actor: 'system' };
}
