import { expect, it } from 'vitest';
import { sqlStateOf, storageFault } from '../../src/storage/storage-fault.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

describeOnEachDatabase('a repeated statement', (open) => {
  const kept = async () => {
    const rows = await open().prisma.$queryRaw<{ name: string }[]>`SELECT name FROM pg_prepared_statements`;
    return rows.map(({ name }) => name);
  };

  it('fails with what the database has said', async () => {
    const failing = { name: 'fails', text: 'SELECT 1 / $1::text::int' };
    const error = await open()
      .send(failing, ['0'])
      .catch((caught: unknown) => caught);
    expect(sqlStateOf(error)).toBe('22012');
    expect(storageFault(error)).toEqual({ kind: 'other' });
  });

  it('is kept by its connection, and sent whole once connections do not keep what they are told', async () => {
    const { prisma, send } = open();
    const statement = { name: 'adds_one', text: 'SELECT $1::text::int + 1' };
    expect(await send(statement, ['1'])).toEqual([[2]]);
    expect(await kept()).toContain(statement.name);
    // As a pooler does between two transactions.
    await prisma.$executeRaw`DEALLOCATE ALL`;
    expect(await send(statement, ['2'])).toEqual([[3]]);
    expect(await send(statement, ['3'])).toEqual([[4]]);
    expect(await kept()).toEqual([]);
  });
});
