import { expect, it } from 'vitest';
import { loadBreakers } from '../../../src/breakers/table/breaker.store.ts';
import { expireModes, setMode } from '../../../src/breakers/table/control.store.ts';
import { offerTrip, recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import { claimProbe, settleProbe } from '../../../src/breakers/table/probe.store.ts';
import type { Db } from '../../../src/storage/database.ts';
import { Prisma } from '../../../src/storage/generated/prisma/client.ts';
import { describeOnDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey } from './stored.ts';

/** The planner's cost from which Postgres, by default, compiles a statement before it runs it: for up to seconds. */
const JIT_ABOVE_COST = 100_000;

const token = '01900000-0000-7000-8000-000000000001';
const word = { actor: 'a', reason: 'r', untilMs: null, reset: false, mode: 'AUTO' } as const;
const outcome = { signal: 'failure', retryAfterMs: null, jitter: 0 } as const;

const verbs: Record<string, (db: Db, key: string) => Promise<unknown>> = {
  loadBreakers: (db) => loadBreakers(db),
  recordOutcomes: (db, key) => recordOutcomes(db, rule, [failed(key, 0, 1)]),
  offerTrip: (db, key) =>
    offerTrip(db, { key, generation: 1, openMs: 1_000, coolOffMs: 1_000, reason: 'alone' }),
  claimProbe: (db, key) => claimProbe(db, { key, token, leaseMs: 1_000 }),
  settleProbe: (db, key) => settleProbe(db, rule, { key, generation: 1, token, outcome }),
  setMode: (db, key) => setMode(db, { key, generation: 1, ...word }),
  expireModes: (db, key) => expireModes(db, [key]),
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
    /** Asks for the plan of each statement instead of running it. */
    const explaining = {
      async $queryRaw(parts: TemplateStringsArray, ...values: unknown[]) {
        const [plan] = await prisma.$queryRaw<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }[]>`
          EXPLAIN (FORMAT JSON) ${Prisma.sql(parts, ...values)}`;
        costs.push(plan!['QUERY PLAN'][0].Plan['Total Cost']);
        return [];
      },
    };
    await verbs[verb]!(explaining as unknown as Db, keys[0]!);
    expect(costs).toHaveLength(1);
    expect(costs[0]).toBeLessThan(JIT_ABOVE_COST / 10);
  });
});
