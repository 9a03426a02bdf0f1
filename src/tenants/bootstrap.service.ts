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
  /** Where a generated key is kept. The embedded database alone has one, because its data directory is its owner's. */
  readonly keyFile: AdminKeyFile;
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
 * Makes sure that there is a tenant `default` and an admin key that belongs to it; to be run at every start,
 * before keys and policies are loaded. Returns the text of a key that was generated just now, for the operator to
 * be told once, else null.
 */
export async function bootstrap(options: BootstrapOptions): Promise<string | null> {
  const { database, bus, configuredKey } = options;
  const kept = database.kind === 'embedded' && configuredKey === null ? await keepKey(options) : null;
  const events: BusEvent[] = [];
  const newText = await inTransaction(
    database.prisma,
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK_ID}::bigint)`;
      const own: Bootstrap = { ...options, tx, entries: [], events };
      const text = await ensureKeys(own, await ensureDefaultTenant(own), kept);
      if (own.entries.some((entry) => entry.type !== 'tenant.created')) {
        events.push({ topic: 'keys', key: '', seq: await bumpTopic(tx, 'keys') });
      }
      await appendEntries(tx, own.entries);
      return text;
    },
    { maxWaitMs: LONGEST_WAIT_MS, timeoutMs: LONGEST_WAIT_MS },
  );
  for (const event of events) bus.publish(event);
  return newText;
}

interface KeptKey {
  readonly text: string;
  readonly isNew: boolean;
}

/** The key in the file. It is written before it is stored: after a crash in between, the next start stores it. */
async function keepKey({ database, random, keyFile }: BootstrapOptions): Promise<KeptKey> {
  const kept = await keyFile.read();
  if (kept !== null) return { text: kept, isNew: false };
  const { text } = drawKey(environmentOf(database.kind), random);
  await keyFile.write(text);
  return { text, isNew: true };
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

/** Stores the admin key, whichever way it came about; returns its text when it was generated just now. */
async function ensureKeys(own: Bootstrap, tenantId: string, kept: KeptKey | null): Promise<string | null> {
  const { tx, random, database, configuredKey } = own;
  const environment = environmentOf(database.kind);
  if (configuredKey !== null) {
    const id = await ensureKey(own, { tenantId, environment: CONFIGURED }, configuredKey);
    await revokeFormerlyConfigured(own, id);
    return null;
  }
  if (kept !== null) {
    await ensureKey(own, { tenantId, environment }, kept.text);
    return kept.isNew ? kept.text : null;
  }
  // Without a file to keep it in, a generated key is told once: another one only for a database that has none.
  if (await hasAdminKey(tx)) return null;
  const { text } = drawKey(environment, random);
  await ensureKey(own, { tenantId, environment }, text);
  return text;
}

/** Stores a key unless it is there already, and returns its id. A key that was revoked stays revoked. */
async function ensureKey(
  own: Bootstrap,
  place: { readonly tenantId: string; readonly environment: string },
  text: string,
): Promise<string> {
  const { tx, sha256, log } = own;
  const secretHash = sha256(text);
  const id = keyIdOf(text, secretHash);
  const present = await lockKey(tx, id);
  if (present === null) {
    const act = actOf(own);
    const key = newKey({ ...place, id, secretHash }, ADMIN_KEY, act.at);
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
