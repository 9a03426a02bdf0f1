import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { Database } from '../../src/storage/database.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import type { Log } from '../../src/system/log.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { createAdminKeyFile } from '../../src/tenants/admin-key-file.node.ts';
import { bootstrap, provideAdminKey } from '../../src/tenants/bootstrap.service.ts';
import { describeOnDatabase, describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { auditOf, openTenants } from './tenants.ts';

const time = createManualTime();
const random = createNodeRandom(() => time.clock.now());
const world = { clock: time.clock, random, sha256: nodeSha256 };

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bootstrap-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** Starts as a server does; returns the key that the operator is shown, null when none is. */
async function start(database: Database, configuredKey: string | null = null, log: Log = silentLog) {
  const options = { database, configuredKey, bus: createMemoryBus(log), ...world, log };
  await bootstrap(options);
  let shown: string | null = null;
  await provideAdminKey(options, { file: createAdminKeyFile(dataDir), show: (text) => (shown = text) });
  return shown as string | null;
}

async function viewerOf(database: Database, text: string) {
  await using own = await openTenants(database, time);
  return own.apiKeys.authenticate(text);
}

/** As on the day of the first start. */
async function forget(database: Database): Promise<void> {
  await database.prisma.tenant.deleteMany();
}

describeOnEachDatabase('bootstrap', (open) => {
  beforeEach(() => forget(open()));

  test('the first start generates one ADMIN key of the tenant `default` and tells it once', async () => {
    const text = (await start(open())) ?? '';
    expect(text).toMatch(/^swy_(live|local)_[0-9a-f]{16}_[\w-]{43}[0-9A-Za-z]{6}$/);
    const tenant = await open().prisma.tenant.findUniqueOrThrow({
      where: { slug: 'default' },
      include: { policy: true },
    });
    expect(tenant.policy?.policyName).toBe('balanced');
    expect(await viewerOf(open(), text)).toMatchObject({ tenantId: tenant.id, roles: ['ADMIN'] });

    expect(await start(open())).toBeNull();
    expect(await open().prisma.apiKey.count()).toBe(1);
    expect(await open().prisma.tenant.count()).toBe(1);
  });

  test('a start that fails before it shows a key leaves none behind, in no table and no file', async () => {
    const options = {
      ...world,
      database: open(),
      configuredKey: null,
      bus: createMemoryBus(silentLog),
      log: silentLog,
    };
    await bootstrap(options);
    expect(await open().prisma.apiKey.count()).toBe(0);
    await expect(stat(join(dataDir, 'admin-key'))).rejects.toThrow('ENOENT');
    expect(await start(open())).toMatch(/^swy_/);
  });

  test('a key that could not be shown admits nobody; the next start shows one that does', async () => {
    const options = {
      ...world,
      database: open(),
      configuredKey: null,
      bus: createMemoryBus(silentLog),
      log: silentLog,
    };
    let lost = '';
    const show = (text: string) => {
      lost = text;
      throw new Error('the terminal is gone');
    };
    await bootstrap(options);
    await expect(provideAdminKey(options, { file: createAdminKeyFile(dataDir), show })).rejects.toThrow(
      'gone',
    );
    expect(await viewerOf(open(), lost)).toBeUndefined();
    const text = (await start(open())) ?? '';
    expect(await viewerOf(open(), text)).toMatchObject({ roles: ['ADMIN'] });
    expect(await open().prisma.apiKey.count()).toBe(1);
  });

  test('it is on record: the tenant in the platform’s chain, the key in the tenant’s own', async () => {
    await start(open());
    const tenant = await open().prisma.tenant.findUniqueOrThrow({ where: { slug: 'default' } });
    expect((await auditOf(open(), PLATFORM_TENANT_ID)).at(-1)).toMatchObject({
      type: 'tenant.created',
      actor: 'system',
      payload: { tenantId: tenant.id },
    });
    expect(await auditOf(open(), tenant.id)).toMatchObject([{ type: 'key.issued', actor: 'system' }]);
  });

  test('a configured key is used, whatever its form, and none is generated', async () => {
    const text = 'an operator chose this text';
    expect(await start(open(), text)).toBeNull();
    expect(await start(open(), text)).toBeNull();
    expect(await viewerOf(open(), text)).toMatchObject({ roles: ['ADMIN'] });
    expect(await open().prisma.apiKey.count()).toBe(1);
  });

  test('configuring another key revokes the one before, and no key that was issued otherwise', async () => {
    const generated = (await start(open())) ?? '';
    const [first, second] = ['the first configured key', 'the second configured key'];
    await start(open(), first);
    await start(open(), second);
    expect(await viewerOf(open(), first)).toBeUndefined();
    expect(await viewerOf(open(), second)).toBeDefined();
    expect(await viewerOf(open(), generated)).toBeDefined();
  });

  test('a configured key that was revoked stays revoked, and the start says so', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    await start(open(), 'the first configured key');
    await start(open(), 'the second configured key');
    await start(open(), 'the first configured key', log);
    expect(await viewerOf(open(), 'the first configured key')).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('revoked')]);
  });
});

describe('the file of the generated key', () => {
  test('can be read by its owner alone, and gives back what was written', async () => {
    const file = createAdminKeyFile(join(dataDir, 'made', 'on', 'demand'));
    expect(await file.read()).toBeNull();
    await file.write('swy_local_secret');
    expect(await file.read()).toBe('swy_local_secret');
    expect((await stat(join(dataDir, 'made', 'on', 'demand', 'admin-key'))).mode & 0o777).toBe(0o600);
  });
});

describeOnDatabase('embedded', 'the bootstrap key in its file', (open) => {
  beforeEach(() => forget(open()));

  test('is the key, also for a database that lost it', async () => {
    const text = (await start(open())) ?? '';
    expect((await readFile(join(dataDir, 'admin-key'), 'utf8')).trim()).toBe(text);
    await forget(open());
    // It is stored anew, so it is shown again: perhaps nobody saw it before a crash.
    expect(await start(open())).toBe(text);
    expect(await start(open())).toBeNull();
    expect(await viewerOf(open(), text)).toMatchObject({ roles: ['ADMIN'] });
  });

  test('is replaced by another one when the file is lost', async () => {
    const lost = await start(open());
    await rm(join(dataDir, 'admin-key'));
    await writeFile(join(dataDir, 'admin-key.new'), 'what a crash left behind', { mode: 0o644 });
    const text = (await start(open())) ?? '';
    expect(text).not.toBe(lost);
    expect(await viewerOf(open(), text)).toBeDefined();
    expect((await stat(join(dataDir, 'admin-key'))).mode & 0o777).toBe(0o600);
  });
});

describeOnDatabase('postgres', 'the bootstrap key, told once', (open) => {
  beforeEach(() => forget(open()));

  test('is generated by exactly one of the servers that start together', async () => {
    const told = await Promise.all([start(open()), start(open()), start(open())]);
    const [text, ...more] = told.filter((answer) => answer !== null);
    expect(more).toEqual([]);
    expect(await viewerOf(open(), text ?? '')).toBeDefined();
    expect(await open().prisma.apiKey.count()).toBe(1);
    expect(await open().prisma.tenant.count()).toBe(1);
  });

  test('is not generated once there was an ADMIN key, even when that is revoked', async () => {
    await start(open());
    await open().prisma.apiKey.updateMany({ data: { revokedAt: new Date(time.clock.now()) } });
    expect(await start(open())).toBeNull();
    await expect(stat(join(dataDir, 'admin-key'))).rejects.toThrow('ENOENT');
  });
});
