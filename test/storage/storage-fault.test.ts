import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { orUnavailable, storageFault } from '../../src/storage/storage-fault.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { UnavailableError } from '../../src/system/expected-error.ts';
import { createPostgresDatabase, describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const faultOf = (work: PromiseLike<unknown>) => Promise.resolve(work).then(() => 'no fault', storageFault);
const id = '01900000-0000-7000-8000-000000000001';
const acme = { id, slug: 'acme', name: 'Acme' };

describeOnEachDatabase('a storage fault', (open) => {
  it('names the constraint that was broken, whether Prisma or SQL wrote', async () => {
    const { prisma } = open();
    await prisma.tenant.create({ data: acme });
    const slug = { kind: 'constraint', constraint: 'tenants_slug_unique' };
    expect(await faultOf(prisma.tenant.create({ data: { ...acme, id: id.replace('01', '02') } }))).toEqual(
      slug,
    );
    expect(
      await faultOf(prisma.$executeRaw`INSERT INTO tenants VALUES (gen_random_uuid(), 'acme', 'A')`),
    ).toEqual(slug);
    const inside = inTransaction(prisma, (tx) => tx.tenant.update({ where: { id }, data: { slug: 'No!' } }));
    expect(await faultOf(inside)).toEqual({ kind: 'constraint', constraint: 'tenants_slug_well_formed' });
    expect(
      await faultOf(prisma.tenantRoutingPolicy.create({ data: { tenantId: id.replace('01', '02') } })),
    ).toEqual({
      kind: 'constraint',
      constraint: 'tenant_routing_policy_tenant_exists',
    });
  });

  it('is of no other kind when the statement is wrong, or the row is missing', async () => {
    const { prisma } = open();
    expect(await faultOf(prisma.$queryRaw`SELECT nonsense`)).toEqual({ kind: 'other' });
    expect(await faultOf(prisma.topicVersion.update({ where: { topic: 'none' }, data: {} }))).toEqual({
      kind: 'other',
    });
    expect(storageFault(new TypeError('a bug'))).toEqual({ kind: 'other' });
    expect(storageFault('thrown')).toEqual({ kind: 'other' });
  });

  it('is unavailability when tables, functions or schemas are gone that were there at the start', async () => {
    const { prisma } = open();
    for (const statement of [
      prisma.$queryRaw`SELECT FROM no_such_table`,
      prisma.$queryRaw`SELECT no_such_function()`,
      prisma.$queryRaw`SELECT FROM no_such_schema.routing_decisions`,
      prisma.$executeRaw`CREATE TABLE no_such_schema.routing_decisions ()`,
    ]) {
      expect(await faultOf(statement)).toEqual({ kind: 'unavailable' });
    }
  });

  it('is unavailability when a transaction takes too long', async () => {
    const slow = inTransaction(open().prisma, (tx) => tx.$queryRaw`SELECT pg_sleep(0.3)::text`, {
      timeoutMs: 100,
    });
    expect(await faultOf(slow)).toEqual({ kind: 'unavailable' });
  });
});

describe.skipIf(inject('postgres') === null)('a fault of the database itself', () => {
  const openReal = async (): Promise<Database> => {
    const real = await createPostgresDatabase();
    const database = await openDatabase({ url: real.url, dataDir: tmpdir(), log: silentLog });
    onTestFinished(async () => {
      await database[Symbol.asyncDispose]();
      await real[Symbol.asyncDispose]();
    });
    return database;
  };

  it('is a lock timeout when a row stays locked for longer than the transaction waits', async () => {
    const { prisma } = await openReal();
    await inTransaction(prisma, async (tx) => {
      await tx.$queryRaw`SELECT * FROM topic_versions FOR UPDATE`;
      const second = inTransaction(
        prisma,
        (other) => other.$queryRaw`SELECT * FROM topic_versions FOR UPDATE`,
        {
          lockTimeoutMs: 50,
        },
      );
      expect(await faultOf(second)).toEqual({ kind: 'lock_timeout' });
    });
  });

  it('is a serialization failure when a concurrent transaction was first', async () => {
    const { prisma } = await openReal();
    const late = inTransaction(
      prisma,
      async (tx) => {
        await tx.topicVersion.findMany();
        await prisma.$executeRaw`UPDATE topic_versions SET seq = seq + 1`;
        await tx.$executeRaw`UPDATE topic_versions SET seq = seq + 1`;
      },
      { isolationLevel: 'RepeatableRead' },
    );
    expect(await faultOf(late)).toEqual({ kind: 'serialization' });
  });

  it('is unavailability when connections are lost: in a query, and in a transaction before its commit', async () => {
    const { prisma } = await openReal();
    const [current] = await prisma.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`;
    await using operator = await openOperator(current!.name);
    const away = { kind: 'unavailable' };
    const sleeping = faultOf(prisma.$queryRaw`SELECT pg_sleep(30)::text`);
    await expect.poll(() => operator.cut("query LIKE '%pg_sleep%'")).toBe(1);
    expect(await sleeping).toEqual(away);
    const interrupted = inTransaction(prisma, async (tx) => {
      await tx.topicVersion.findMany();
      await operator.cut('true');
      await expect.poll(() => faultOf(tx.topicVersion.findMany())).toEqual(away);
    });
    expect(await faultOf(interrupted)).toEqual(away);
    // The pool learns of idle connections that were cut as they report it.
    await expect.poll(() => prisma.topicVersion.count().catch(storageFault)).toBe(3);
  });

  it('is unavailability when the server vanishes, and over once it is back', async () => {
    const postgres = new URL((inject('postgres') ?? { url: '' }).url);
    const real = await createPostgresDatabase();
    const relay = await startRelay(Number(postgres.port || 5432), postgres.hostname);
    onTestFinished(() => relay.stop());
    const url = new URL(real.url);
    url.hostname = '127.0.0.1';
    url.port = String(relay.port);
    const database = await openDatabase({ url: url.href, dataDir: tmpdir(), log: silentLog });
    onTestFinished(async () => {
      await database[Symbol.asyncDispose]();
      await real[Symbol.asyncDispose]();
    });
    expect(await database.prisma.topicVersion.count()).toBe(3);
    await relay.stop();
    const away = { kind: 'unavailable' };
    expect(await faultOf(database.prisma.topicVersion.count())).toEqual(away);
    expect(await faultOf(inTransaction(database.prisma, (tx) => tx.topicVersion.count()))).toEqual(away);
    await relay.start();
    expect(await database.prisma.topicVersion.count()).toBe(3);
  });

  it('is unavailability once the database was closed', async () => {
    const real = await createPostgresDatabase();
    const database = await openDatabase({ url: real.url, dataDir: tmpdir(), log: silentLog });
    await database[Symbol.asyncDispose]();
    expect(await faultOf(database.prisma.topicVersion.count())).toEqual({ kind: 'unavailable' });
    await real[Symbol.asyncDispose]();
  });
});

describe('work that needs the database', () => {
  it('is refused with a typed error when the database is away', async () => {
    const away = Object.assign(new Error('pool timeout'), { code: 'P2024' });
    const refused = await orUnavailable(() => Promise.reject(away)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnavailableError);
    expect(refused).toMatchObject({ cause: away, retryAfterMs: 1_000 });
    expect(storageFault(refused)).toEqual({ kind: 'unavailable' });
  });

  it('passes results and every other error on', async () => {
    expect(await orUnavailable(async () => 5)).toBe(5);
    const bug = new Error('a bug');
    await expect(orUnavailable(() => Promise.reject(bug))).rejects.toBe(bug);
  });
});

/** Somebody who ends a database's connections from the outside. */
async function openOperator(database: string) {
  const client = new pg.Client({ connectionString: inject('postgres')!.url });
  await client.connect();
  return {
    /** How many there were of which the condition holds. */
    async cut(condition: string): Promise<number | null> {
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND ${condition}`;
      return (await client.query(sql, [database])).rowCount;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Stands between driver and server, so that the server can vanish. */
async function startRelay(targetPort: number, targetHost: string) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, targetHost);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.pipe(target).pipe(client);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    start: () => listen(port),
    async stop() {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

it.each(['EAI_AGAIN', 'EMFILE', 'EPIPE', 'EHOSTUNREACH', 'ECONNREFUSED'])(
  'a socket’s %s says that the database is away, however it is wrapped',
  (code) => {
    const plain = Object.assign(new Error('connect failed'), { code });
    const several = Object.assign(new AggregateError([plain], ''), { code });
    for (const error of [plain, several]) expect(storageFault(error)).toEqual({ kind: 'unavailable' });
  },
);
