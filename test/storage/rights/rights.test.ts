import { expect, it } from 'vitest';
import { auditTables, rights } from '../../../src/storage/rights/rights.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';

describeOnEachDatabase('the rights of the user that serves', (open) => {
  it('are said of every table, and of no other', async () => {
    const tables = await open().prisma.$queryRaw<{ name: string }[]>`
      SELECT relname::text AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')`;
    expect(Object.keys(rights).sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  it('let it write to the audit log by nothing but functions of the owner, which nobody else may call', async () => {
    for (const table of auditTables) expect(rights[table]).toEqual(['SELECT']);
    const writers = await open().prisma.$queryRaw<object[]>`
      SELECT prosecdef AS "asOwner", 'search_path=public, pg_temp' = ANY (proconfig) AS "onFixedPath",
        has_function_privilege('public', oid, 'EXECUTE') AS "forAnybody"
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND prosrc ~* '(insert into|update|delete from)[[:space:]]+audit_(heads|entries)'`;
    expect(writers).not.toEqual([]);
    for (const writer of writers)
      expect(writer).toEqual({ asOwner: true, onFixedPath: true, forAnybody: false });
  });
});
