import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadBreakers, readBreakersVersion } from '../../../src/breakers/table/breaker.store.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import {
  claimProbe,
  expireMode,
  offerTrip,
  setMode,
  settleProbe,
} from '../../../src/breakers/table/rare-steps.store.ts';
import type { PrismaClient } from '../../../src/storage/generated/prisma/client.ts';
import { inTransaction } from '../../../src/storage/transaction.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import {
  failed,
  freshKey,
  letPass,
  openSessions,
  phaseOf,
  stored,
  succeeded,
  transitionSeqs,
  trip,
  type Sessions,
} from './stored.ts';

const WRITERS = 12;

/** For what must happen, on however slow a machine. */
const patience = { timeout: 30_000 };
const longEnough = { timeoutMs: 60_000 };

describe.skipIf(inject('postgres') === null)('breakers under many sessions at once (postgres)', () => {
  const stack = new AsyncDisposableStack();
  let database: PostgresDatabase;
  let sessions: Sessions;
  let reader: PrismaClient;

  beforeAll(async () => {
    database = stack.use(await createPostgresDatabase());
    sessions = stack.use(openSessions(database.url, WRITERS));
    reader = stack.use(openSessions(database.url, 1)).clients[0]!;
    // Connections are made beforehand: those that wait for one do not meet.
    await Promise.all(sessions.clients.map((client) => readBreakersVersion(client)));
  });
  afterAll(() => stack.disposeAsync());

  /** Does something in every session at once. */
  const everywhere = <T>(work: (client: PrismaClient, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(sessions.clients.map(work));

  async function seqs(key: string): Promise<number[]> {
    const [, modelSlug] = key.split('/');
    const rows = await reader.breakerTransition.findMany({ where: { modelSlug: modelSlug! } });
    return rows.map(({ generation }) => generation);
  }

  it.each([1, 2, 3, 4, 5])('ten failures from four writers trip once (%i)', async () => {
    const key = freshKey();
    const writes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        recordOutcomes(sessions.clients[n % 4]!, rule, [failed(key, 0, n)]),
      ),
    );
    expect(writes.flat().filter(({ transition }) => transition !== null)).toHaveLength(1);
    expect(await stored(reader, key)).toMatchObject({
      // The five that count, and not one write more.
      revision: 5,
      generation: 1,
      tripCount: 1,
      phase: { state: 'OPEN' },
    });
    expect(await seqs(key)).toEqual([1]);
  });

  it('no failure is lost, whoever inserts the row', async () => {
    const patient = { ...rule, threshold: 1_000 };
    const key = freshKey();
    await everywhere(async (client, index) => {
      for (let n = 0; n < 5; n += 1) await recordOutcomes(client, patient, [failed(key, 0, index * 100 + n)]);
    });
    const row = (await stored(reader, key))!;
    expect(row.revision).toBe(WRITERS * 5);
    expect(phaseOf(row, 'CLOSED').failures).toHaveLength(WRITERS * 5);
    const [columns] = await reader.$queryRaw<{ consecutive_failures: number }[]>`
      SELECT consecutive_failures FROM circuit_breakers WHERE 'openai/' || model_slug = ${key}`;
    expect(columns).toEqual({ consecutive_failures: WRITERS * 5 });
  });

  it('successes and failures of many sessions leave exactly the failures after the newest success', async () => {
    const patient = { ...rule, threshold: 1_000, windowMs: 3_600_000 };
    const key = freshKey();
    await recordOutcomes(reader, patient, [failed(key, 0, 900_000)]);
    await everywhere((client, index) => recordOutcomes(client, patient, [failed(key, 0, index * 60_000)]));
    await everywhere((client, index) =>
      recordOutcomes(client, patient, [
        index % 2 === 0
          ? succeeded(key, 0, 30_000 + (4 + index) * 60_000)
          : failed(key, 0, index * 60_000 + 1),
      ]),
    );
    // Minutes 0 to 4 of the first round, and 1 and 3 of the second; the odd ones beyond came before or after.
    const { failures } = phaseOf((await stored(reader, key))!, 'CLOSED');
    expect(failures.filter((failure) => failure > -270_000)).toHaveLength(7);
  });

  it.each([1, 2, 3])('of twenty claims of one probe exactly one wins (%i)', async () => {
    const key = freshKey();
    await trip(reader, key);
    await letPass(reader, key, rule.coolOffMs);
    const before = (await stored(reader, key))!;
    await using claimers = openSessions(database.url, 20);
    await Promise.all(claimers.clients.map((client) => readBreakersVersion(client)));
    const claims = await Promise.all(
      claimers.clients.map((client) => claimProbe(client, { key, token: randomUUID(), leaseMs: 30_000 })),
    );
    const won = claims.filter((claim) => claim !== null);
    expect(won).toHaveLength(1);
    const { probe } = phaseOf((await stored(reader, key))!, 'HALF_OPEN');
    expect(probe!.token).toBe(phaseOf(won[0]!.row, 'HALF_OPEN').probe!.token);
    expect(won[0]!.row.revision).toBe(before.revision + 1);

    await letPass(reader, key, 30_000);
    const thefts = await everywhere((client) =>
      claimProbe(client, { key, token: randomUUID(), leaseMs: 30_000 }),
    );
    expect(thefts.filter((theft) => theft !== null)).toHaveLength(1);
    const late = { key, generation: 2, token: probe!.token };
    const found = { signal: 'success', retryAfterMs: null, jitter: 0 } as const;
    expect(await settleProbe(reader, rule, { ...late, ...found })).toBeNull();
  });

  it('of operators, trips and offers that saw the same generation one is heard', async () => {
    for (const key of Array.from({ length: 10 }, freshKey)) {
      const word = { generation: 0, actor: 'a', reason: 'r', untilMs: null, reset: false };
      const writes = await everywhere(async (client, index) => {
        if (index % 3 === 0) {
          const mode = 'FORCED_OPEN';
          return inTransaction(client, (tx) => setMode(tx, { key, mode, ...word }));
        }
        if (index % 3 === 1) return (await recordOutcomes(client, rule, [failed(key, 0, 4, 3, 2, 1, 0)]))[0];
        return offerTrip(client, { key, generation: 0, openMs: 9_000, coolOffMs: 60_000, reason: 'alone' });
      });
      expect(writes.filter((write) => write?.transition != null)).toHaveLength(1);
      expect(await seqs(key)).toEqual([1]);
    }
  });

  it('batches that name the same breakers in any order do not block each other', async () => {
    const keys = Array.from({ length: 12 }, freshKey);
    for (let generation = 0; generation < 6; generation += 2) {
      await everywhere((client, index) => {
        const shuffled = [...keys.slice(index), ...keys.slice(0, index)];
        const ordered = index % 2 === 0 ? shuffled : shuffled.toReversed();
        if (index % 4 === 3) return Promise.all(ordered.map((key) => expireMode(client, key)));
        return recordOutcomes(
          client,
          rule,
          ordered.map((key) => failed(key, generation, 1, 0)),
        );
      });
      const word = { actor: 'a', reason: 'r', untilMs: null, mode: 'AUTO', reset: true } as const;
      for (const key of keys)
        expect(await setMode(reader, { key, generation: generation + 1, ...word })).not.toBeNull();
    }
  });

  it('transitions become visible in the order of their numbers, without a gap', async () => {
    let isWriting = true;
    const writing = everywhere(async (client) => {
      for (let n = 0; n < 10; n += 1) await trip(client, freshKey());
    }).finally(() => (isWriting = false));
    do {
      const seen = await transitionSeqs(reader);
      expect(seen).toEqual(seen.map((_, index) => index + 1));
    } while (isWriting);
    await writing;
    expect((await transitionSeqs(reader)).length).toBeGreaterThanOrEqual(WRITERS * 10);
  });

  /** How many sessions wait for a lock. */
  const waiting = () => reader.$queryRaw<unknown[]>`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

  it('time that a claim waits for the row counts', async () => {
    const [holder, claimer] = sessions.clients;
    const key = freshKey();
    await trip(reader, key);
    await letPass(reader, key, rule.coolOffMs - 500);
    const token = randomUUID();
    const claimed = await inTransaction(
      holder!,
      async (tx) => {
        await tx.$queryRaw`SELECT FROM circuit_breakers WHERE 'openai/' || model_slug = ${key} FOR UPDATE`;
        const claim = claimProbe(claimer!, { key, token, leaseMs: 30_000 });
        await expect.poll(waiting, patience).toHaveLength(1);
        const openUntil = async () => phaseOf((await stored(reader, key))!, 'OPEN').openUntil;
        await expect.poll(openUntil, patience).toBeLessThan(0);
        return { claim };
      },
      longEnough,
    );
    expect((await claimed.claim)!.row.phase).toMatchObject({ probe: { token, leaseUntil: 30_000 } });
  });

  it('a transition that is not committed yet holds the next one’s number back', async () => {
    const [first, second] = sessions.clients;
    const before = (await transitionSeqs(reader)).length;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: written, resolve: wrote } = Promise.withResolvers<number>();
    const earlier = inTransaction(
      first!,
      async (tx) => {
        wrote((await trip(tx, freshKey())).transition!.seq);
        await released;
      },
      longEnough,
    );
    const seq = await written;
    const later = trip(second!, freshKey());
    await expect.poll(waiting, patience).toHaveLength(1);
    expect(await transitionSeqs(reader)).toHaveLength(before);
    release();
    await earlier;
    expect((await later).transition!.seq).toBe(seq + 1);
  });

  it('every write raises the sum of revisions by one, and readers see it rise', async () => {
    const { seq: before } = await readBreakersVersion(reader);
    await everywhere((client) =>
      recordOutcomes(client, rule, [failed(freshKey(), 0, 1), failed(freshKey(), 0, 1)]),
    );
    expect((await readBreakersVersion(reader)).seq).toBe(before + 2 * WRITERS);
    expect((await loadBreakers(reader)).version.seq).toBe(before + 2 * WRITERS);
  });
});
