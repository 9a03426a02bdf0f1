import { expect, it } from 'vitest';
import { inTransaction } from '../../src/storage/transaction.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

describeOnEachDatabase('the way to the database', (open) => {
  it('carries values and answers of many megabytes', async () => {
    const text = 'ä0123456789'.repeat(700_000);
    const [row] = await open().prisma.$queryRaw<{ text: string }[]>`SELECT ${text}::text AS text`;
    expect(row?.text === text).toBe(true);
  });

  it('lives in the time zone of the stored instants', async () => {
    const [row] = await open().prisma.$queryRaw<
      { zone: string }[]
    >`SELECT current_setting('timezone') AS zone`;
    expect(row?.zone).toBe('UTC');
  });

  it('stores the instant that it is given, to the millisecond', async () => {
    const createdAt = new Date('2026-07-01T12:34:56.789Z');
    const id = '01900000-0000-7000-8000-000000000009';
    await open().prisma.tenant.create({ data: { id, slug: 'instant', name: 'Instant', createdAt } });
    const [row] = await open().prisma.$queryRaw<{ ms: number }[]>`
      SELECT (extract(epoch FROM created_at) * 1000)::float8 AS ms FROM tenants WHERE slug = 'instant'`;
    expect(row?.ms).toBe(createdAt.getTime());
  });

  it('serves many callers at once, transactions among them', async () => {
    const { prisma } = open();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const ask = (db: typeof prisma) => db.$queryRaw<{ n: number }[]>`SELECT ${index}::int AS n`;
        const rows =
          index % 3 === 0 ? await inTransaction(prisma, (tx) => ask(tx as typeof prisma)) : await ask(prisma);
        return rows[0]?.n;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  it('leaves no trace of a failed statement for the next caller', async () => {
    await expect(open().prisma.$queryRaw`SELECT nonsense`).rejects.toThrow('nonsense');
    expect(await open().prisma.$queryRaw`SELECT 1 AS n`).toEqual([{ n: 1 }]);
  });
});
