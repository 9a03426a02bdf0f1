import { expect, it } from 'vitest';
import { loadBreakers } from '../../../src/breakers/table/breaker.store.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import { stepBreaker } from '../../../src/breakers/table/step.store.ts';
import type { Db } from '../../../src/storage/database.ts';
import { Prisma } from '../../../src/storage/generated/prisma/client.ts';
import { describeOnDatabase } from '../../support/databases/fresh-databases.ts';
import { keep } from '../../../src/breakers/rule/step.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey } from './stored.ts';

/** The planner's cost from which Postgres, by default, compiles a statement before it runs it: for up to seconds. */
const JIT_ABOVE_COST = 100_000;

/** Each with how many statements it takes. */
const verbs: Record<string, readonly [number, (db: Db, key: string) => Promise<unknown>]> = {
  loadBreakers: [1, (db) => loadBreakers(db)],
  recordOutcomes: [1, (db, key) => recordOutcomes(db, rule, [failed(key, 0, 1)])],
  stepBreaker: [2, (db, key) => stepBreaker(db, key, (breaker) => keep(breaker, breaker.phase))],
};

describeOnDatabase('postgres', 'the planner', (open) => {
  it.each(Object.keys(verbs))('takes %s for so cheap that nothing is compiled', async (verb) => {
    const { prisma } = open();
    const keys = Array.from({ length: 200 }, freshKey);
    await recordOutcomes(
      prisma,
      rule,
      keys.map((key) => failed(key, 0, 4, 3, 2, 1, 0)),
    );
    const costs: number[] = [];
    /** Asks for the plan of each statement before it runs it. */
    const explaining = {
      async $queryRaw(parts: TemplateStringsArray, ...values: unknown[]) {
        const [plan] = await prisma.$queryRaw<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }[]>`
          EXPLAIN (FORMAT JSON) ${Prisma.sql(parts, ...values)}`;
        costs.push(plan!['QUERY PLAN'][0].Plan['Total Cost']);
        return prisma.$queryRaw(parts, ...values);
      },
    };
    const [statements, run] = verbs[verb]!;
    await run(explaining as unknown as Db, keys[0]!);
    expect(costs).toHaveLength(statements);
    expect(Math.max(...costs)).toBeLessThan(JIT_ABOVE_COST / 10);
  });
});
