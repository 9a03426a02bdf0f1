import { expect, inject, it } from 'vitest';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import { claimProbe, offerTrip, setMode } from '../../../src/breakers/table/rare-steps.store.ts';
import { stepBreaker } from '../../../src/breakers/table/step.store.ts';
import { keep, stay } from '../../../src/breakers/rule/step.ts';
import type { Db } from '../../../src/storage/database.ts';
import type { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import { createPostgresDatabase, describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey, letPass, openSessions, phaseOf, stored, succeeded, trip } from './stored.ts';

const TOKENS = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'] as const;

/** A client between whose first two statements something else is done. */
function interrupted(db: PrismaClient, meanwhile: () => Promise<unknown>): Db {
  let isFirst = true;
  const client = {
    $executeRaw: (...args: Parameters<Db['$executeRaw']>) => db.$executeRaw(...args),
    async $queryRaw(...args: Parameters<Db['$queryRaw']>) {
      const found: unknown = await db.$queryRaw(...args);
      if (isFirst) await meanwhile();
      isFirst = false;
      return found;
    },
  };
  return client as unknown as Db;
}

describeOnEachDatabase('a step of a stored breaker', (open) => {
  it('is decided anew on what another has written while it was under way', async () => {
    const { prisma: db } = open();
    const key = freshKey();
    await trip(db, key);
    await letPass(db, key, rule.coolOffMs);
    const rival = () => claimProbe(db, { key, token: TOKENS[1], leaseMs: 30_000 });
    const late = interrupted(db, rival);
    expect(await claimProbe(late, { key, token: TOKENS[0], leaseMs: 30_000 })).toBeNull();
    expect(phaseOf((await stored(db, key))!, 'HALF_OPEN').probe?.token).toBe(TOKENS[1]);
  });

  it('loses nothing of what was written while it was under way', async () => {
    const { prisma: db } = open();
    const key = freshKey();
    await recordOutcomes(db, rule, [failed(key, 0, 20)]);
    const seen: number[] = [];
    const slow = interrupted(db, () => recordOutcomes(db, rule, [failed(key, 0, 10)]));
    const write = await stepBreaker(slow, key, (breaker) => {
      seen.push(breaker.revision);
      return keep(breaker, breaker.phase);
    });
    expect(seen).toEqual([1, 2]);
    expect(write).toMatchObject({ row: { revision: 3 }, transition: null });
    expect(phaseOf((await stored(db, key))!, 'CLOSED').failures).toHaveLength(2);
  });

  it('is taken on a breaker without a row as on an untouched one, and leaves none when nothing changes', async () => {
    const { prisma: db } = open();
    const key = freshKey();
    expect(await stepBreaker(db, key, stay)).toBeNull();
    expect(await stored(db, key)).toBeUndefined();
    const meanwhile = () => recordOutcomes(db, rule, [failed(key, 0, 10)]);
    const write = await stepBreaker(interrupted(db, meanwhile), key, (breaker) =>
      keep(breaker, breaker.phase),
    );
    expect(write).toMatchObject({ row: { revision: 2, phase: { state: 'CLOSED' } } });
    expect(phaseOf(write!.row, 'CLOSED').failures).toHaveLength(1);
  });
});

it.skipIf(inject('postgres') === null)(
  'an operator’s word and an offered trip are heard at once while calls write outcomes all the time',
  async () => {
    await using database = await createPostgresDatabase();
    await using sessions = openSessions(database.url, 8);
    const key = freshKey();
    const patient = { ...rule, threshold: 1_000 };
    let isOver = false;
    let writes = 0;
    const writing = sessions.clients.slice(2).map(async (client) => {
      while (!isOver) {
        writes += (await recordOutcomes(client, patient, [failed(key, 0, 0)])).length;
        writes += (await recordOutcomes(client, patient, [succeeded(key, 0, 0)])).length;
      }
    });
    const [one, other] = sessions.clients as [PrismaClient, PrismaClient];
    await expect.poll(() => writes, { timeout: 30_000 }).toBeGreaterThan(20);
    let tries = 0;
    const written = await inTransaction(one, (tx) =>
      stepBreaker(tx, key, (breaker) => {
        tries += 1;
        return keep(breaker, breaker.phase);
      }),
    );
    expect([tries, written?.row.generation]).toEqual([1, 0]);
    const heard = await Promise.all([
      inTransaction(one, (tx) =>
        setMode(tx, {
          ...{ key, generation: 0, mode: 'FORCED_OPEN', actor: 'a', reason: 'r', untilMs: null },
          reset: false,
        }),
      ),
      inTransaction(other, (tx) =>
        offerTrip(tx, { key, generation: 0, openMs: 9_000, coolOffMs: 60_000, reason: 'alone' }),
      ),
    ]);
    isOver = true;
    await Promise.all(writing);
    expect(heard.filter((write) => write !== null)).toHaveLength(1);
  },
  60_000,
);
