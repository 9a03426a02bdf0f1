import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { storageFault } from '../../../src/storage/storage-fault.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import {
  hasPostgresBinaries,
  startPrivatePostgres,
  type PrivatePostgres,
} from '../../support/databases/private-postgres.ts';
import { silentLog } from '../../support/logs/silent-log.ts';

describe.skipIf(!hasPostgresBinaries())('a database that falls silent', () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await startPrivatePostgres();
    return () => postgres[Symbol.asyncDispose]();
  });

  async function open() {
    const database = await openDatabase({ url: postgres.url, dataDir: tmpdir(), log: silentLog });
    onTestFinished(() => database[Symbol.asyncDispose]());
    return database.prisma;
  }

  /** How work ended and how long it took. */
  async function timed(work: () => Promise<unknown>) {
    const startedMs = performance.now();
    const fault = await work().then(
      () => 'none',
      (error: unknown) => storageFault(error).kind,
    );
    return { fault, tookMs: performance.now() - startedMs };
  }

  it('is away for everybody within three seconds: who asks, who has begun, who waits for a connection', async () => {
    const prisma = await open();
    const paused = Promise.withResolvers<void>();
    const begun = timed(() =>
      inTransaction(prisma, async (tx) => {
        await tx.topicVersion.count();
        postgres.pause();
        paused.resolve();
        await tx.topicVersion.count();
      }),
    );
    onTestFinished(() => postgres.resume());
    await paused.promise;
    const asked = Array.from({ length: 30 }, () => timed(() => prisma.topicVersion.count()));
    const first = await Promise.all([begun, ...asked]);
    const later = await timed(() => inTransaction(prisma, (tx) => tx.topicVersion.count()));
    for (const { fault, tookMs } of [...first, later]) {
      expect(fault).toBe('unavailable');
      expect(tookMs).toBeLessThan(3_000);
    }
    postgres.resume();
    await expect.poll(() => timed(() => prisma.topicVersion.count())).toMatchObject({ fault: 'none' });
  });

  it('is not a statement that merely takes its time', async () => {
    const prisma = await open();
    const { fault, tookMs } = await timed(() => prisma.$queryRaw`SELECT pg_sleep(3)::text`);
    expect(fault).toBe('none');
    expect(tookMs).toBeGreaterThan(2_900);
  });

  it('leaves connections that nobody waits for alone', async () => {
    const prisma = await open();
    const session = () => prisma.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    const before = await session();
    await prisma.$queryRaw`SELECT pg_sleep(1.5)::text`;
    expect(await session()).toEqual(before);
  });
});
