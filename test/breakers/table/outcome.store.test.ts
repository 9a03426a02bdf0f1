import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../src/breakers/table/breaker-row.ts';
import { loadBreakers, readBreakersVersion } from '../../../src/breakers/table/breaker.store.ts';
import { recordOutcomes } from '../../../src/breakers/table/outcome.store.ts';
import { offerTrip, setMode } from '../../../src/breakers/table/rare-steps.store.ts';
import { describeOnEachDatabase } from '../../support/databases/fresh-databases.ts';
import { rule } from '../rule/breakers.ts';
import { failed, freshKey, phaseOf, stored, succeeded, transitionSeqs, trip } from './stored.ts';

describeOnEachDatabase('outcomes of calls', (open) => {
  const record = (...batches: Parameters<typeof recordOutcomes>[2]) =>
    recordOutcomes(open().prisma, rule, batches);

  /** The ages of the failures that are kept, exactly as they were told when nothing else took time. */
  async function keptAges(key: string): Promise<number[]> {
    const row = await stored(open().prisma, key);
    const { failures } = phaseOf(row!, 'CLOSED');
    const newest = failures.at(-1) ?? 0;
    return failures.map((failure) => Math.round(newest - failure));
  }

  it('are counted from the first failure on, each write one revision', async () => {
    const key = freshKey();
    const [first] = await record(failed(key, 0, 10));
    expect(first).toMatchObject({
      row: { key, revision: 1, generation: 0, tripCount: 0, control: { mode: 'AUTO' } },
      transition: null,
    });
    expect(phaseOf(first!.row, 'CLOSED').failures[0]).toBeLessThanOrEqual(-10);
    const [second] = await record(failed(key, 0, 3, 2, 1));
    expect(second!.row.revision).toBe(2);
    expect(phaseOf(second!.row, 'CLOSED').failures).toHaveLength(4);
    expect(second!.row.history.lastFailureAt).toBeGreaterThan(first!.row.history.lastFailureAt!);
    expect(second!.row.history.lastSuccessAt).toBeNull();
  });

  it('trip with the fifth failure in a row, never with the fourth, and open for exactly the cool-off', async () => {
    const key = freshKey();
    expect((await record(failed(key, 0, 4, 3, 2, 1)))[0]!.transition).toBeNull();
    const [write] = await record(failed(key, 0, 0));
    expect(write).toMatchObject({
      row: {
        revision: 2,
        generation: 1,
        tripCount: 1,
        phase: { state: 'OPEN', openUntil: rule.coolOffMs, coolOffMs: rule.coolOffMs },
      },
      transition: { from: 'CLOSED', to: 'OPEN', mode: 'AUTO', actor: null, generation: 1 },
    });
    const { transition, row } = write!;
    expect(row.history.openedAt).toBe(transition!.at);
    const rows = await open().prisma.breakerTransition.findMany({ where: { seq: transition!.seq } });
    expect(rows).toMatchObject([{ from: 'CLOSED', to: 'OPEN', generation: 1, reason: transition!.reason }]);
    expect(rows[0]!.at.getTime()).toBe(transition!.at);
    const [columns] = await open().prisma.$queryRaw<{ exactly: boolean }[]>`
      SELECT open_until - opened_at = interval '60 seconds' AND consecutive_failures = 0 AS exactly
      FROM circuit_breakers WHERE 'openai/' || model_slug = ${key}`;
    expect(columns).toEqual({ exactly: true });
  });

  it('trip at once where nothing was known', async () => {
    expect((await trip(open().prisma, freshKey())).row.phase.state).toBe('OPEN');
  });

  describe('trip by any row of failures within the window', () => {
    it.each([
      ['at its exact length', [60_000, 45_000, 30_000, 15_000, 0], true],
      ['not one millisecond longer', [60_001, 45_000, 30_000, 15_000, 0], false],
      ['before later ones that are far away', [190_000, 189_999, 189_998, 189_997, 189_996, 1], true],
      ['after earlier ones that are far away', [190_000, 4, 3, 2, 1, 0], true],
      [
        'not when the window holds four at most',
        [130_000, 129_999, 129_998, 129_997, 60_000, 2, 1, 0],
        false,
      ],
    ])('%s', async (_, ages, trips) => {
      const [write] = await record(failed(freshKey(), 0, ...ages));
      expect(write!.row.phase.state).toBe(trips ? 'OPEN' : 'CLOSED');
    });
  });

  it('count by their instants, in whatever order batches arrive', async () => {
    const key = freshKey();
    await record(failed(key, 0, 10));
    await record(failed(key, 0, 30_000, 20_000));
    expect(await keptAges(key)).toHaveLength(3);
    const row = await stored(open().prisma, key);
    const { failures } = phaseOf(row!, 'CLOSED');
    expect(failures).toEqual(failures.toSorted((one, other) => one - other));
    await record(failed(key, 0, 25_000));
    expect((await record(failed(key, 0, 15_000)))[0]!.transition).not.toBeNull();
  });

  it('are forgotten when they are older than the newest by more than the window', async () => {
    const key = freshKey();
    await record(failed(key, 0, 100_000, 70_000));
    expect(await keptAges(key)).toEqual([30_000, 0]);
    await record(failed(key, 0, 60_000, 0));
    expect(await keptAges(key)).toEqual([60_000, 0]);
  });

  it('older than the window write nothing', async () => {
    const key = freshKey();
    await record(failed(key, 0, 0));
    expect(await record(failed(key, 0, 90_000))).toEqual([]);
  });

  it('a success leaves only the failures after it', async () => {
    const key = freshKey();
    await record(failed(key, 0, 40_000, 30_000, 10_000));
    const [write] = await record(succeeded(key, 0, 20_000, 5_000));
    expect(await keptAges(key)).toHaveLength(2);
    expect(write!.row.history.lastSuccessAt).toBeLessThan(write!.row.history.lastFailureAt!);
    const [clear] = await record(succeeded(key, 0, 0));
    expect(clear).toMatchObject({
      row: { revision: 3, generation: 0, phase: { state: 'CLOSED', failures: [] } },
      transition: null,
    });
  });

  it('a success between failures keeps them from tripping', async () => {
    const key = freshKey();
    await record(failed(key, 0, 50, 40, 30, 20));
    const [write] = await record(succeeded(key, 0, 10, 5, 4, 3, 2));
    expect(write!.row.phase.state).toBe('CLOSED');
  });

  it('of an older or a later generation change nothing', async () => {
    const key = freshKey();
    await record(failed(key, 0, 1));
    expect(await record(failed(key, 1, 4, 3, 2, 1, 0))).toEqual([]);
    await trip(open().prisma, key);
    expect(await record(failed(key, 0, 4, 3, 2, 1, 0))).toEqual([]);
    expect(await record(failed(freshKey(), 3, 4, 3, 2, 1, 0))).toEqual([]);
  });

  it('change nothing while the breaker is not closed, or an operator decides', async () => {
    const { prisma } = open();
    const [opened, forced] = [freshKey(), freshKey()];
    await trip(prisma, opened);
    const word = { actor: 'a', reason: 'r', untilMs: null, reset: false };
    await setMode(prisma, { key: forced, generation: 0, mode: 'FORCED_CLOSED', ...word });
    expect(await record(failed(opened, 1, 4, 3, 2, 1, 0), failed(forced, 1, 4, 3, 2, 1, 0))).toEqual([]);
  });

  it('of many breakers are written together, transitions numbered in order of key', async () => {
    const [one, other, still] = [freshKey(), freshKey(), freshKey()];
    const { seq: before } = await readBreakersVersion(open().prisma);
    const fatal = [4, 3, 2, 1, 0];
    const writes = await record(failed(other, 0, ...fatal), failed(still, 0, 1), failed(one, 0, ...fatal));
    expect(writes.map(({ row }) => [row.key, row.phase.state])).toEqual([
      [one, 'OPEN'],
      [other, 'OPEN'],
      [still, 'CLOSED'],
    ]);
    const [first, second] = writes.map(({ transition }) => transition?.seq);
    expect(second).toBe(first! + 1);
    expect((await readBreakersVersion(open().prisma)).seq).toBe(before + 3);
  });

  it('of successes with nothing to clear leave no trace, not even a lock', async () => {
    const { prisma } = open();
    const [unknown, clean, newer, opened] = [freshKey(), freshKey(), freshKey(), freshKey()];
    await record(failed(clean, 0, 1), failed(newer, 0, 1_000), failed(opened, 0, 4, 3, 2, 1, 0));
    await record(succeeded(clean, 0, 0));
    const trace = () => prisma.$queryRaw`
      SELECT model_slug, xmin::text, xmax::text, ctid::text FROM circuit_breakers ORDER BY model_slug`;
    const before = await trace();
    const [seqs, version] = [await transitionSeqs(prisma), await readBreakersVersion(prisma)];
    for (let round = 0; round < 250; round += 1) {
      const batches = [unknown, clean, newer].map((key) => succeeded(key, 0, 600_000));
      expect(await record(...batches, succeeded(opened, 1, 0))).toEqual([]);
    }
    expect(await trace()).toEqual(before);
    expect(await transitionSeqs(prisma)).toEqual(seqs);
    expect(await readBreakersVersion(prisma)).toEqual(version);
  });

  describe('a trip that is offered', () => {
    const offer = (key: string, generation: number) =>
      offerTrip(open().prisma, { key, generation, openMs: 40_000, coolOffMs: 120_000, reason: 'alone' });

    it('opens a breaker of that generation for what is left, known before or not', async () => {
      const known = freshKey();
      await record(failed(known, 0, 1));
      for (const key of [known, freshKey()]) {
        expect(await offer(key, 0)).toMatchObject({
          row: { key, tripCount: 1, phase: { state: 'OPEN', openUntil: 40_000, coolOffMs: 120_000 } },
          transition: { from: 'CLOSED', to: 'OPEN', reason: 'alone', generation: 1, actor: null },
        });
      }
    });

    it('changes nothing where the breaker has moved', async () => {
      const key = freshKey();
      await trip(open().prisma, key);
      expect(await offer(key, 0)).toBeNull();
      expect(await offer(key, 1)).toBeNull();
      expect(await offer(freshKey(), 2)).toBeNull();
    });
  });

  it('are read back as they were written, and placed on the clock of whoever reads', async () => {
    const key = freshKey();
    const { row } = await trip(open().prisma, key);
    const { version, rows } = await loadBreakers(open().prisma);
    expect(version).toEqual(await readBreakersVersion(open().prisma));
    const read = rows.find((found) => found.key === key)!;
    const { openUntil } = phaseOf(read, 'OPEN');
    expect(openUntil).toBeLessThanOrEqual(rule.coolOffMs);
    expect({ ...read, phase: { ...read.phase, openUntil: rule.coolOffMs } }).toEqual(row);
    expect(phaseOf(placeAt(read, 5_000), 'OPEN').openUntil).toBe(openUntil + 5_000);
  });
});
