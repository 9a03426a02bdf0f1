import { beforeAll, expect, it } from 'vitest';
import { deleteOldHealthChecks, insertHealthChecks } from '../../src/health/health-check.store.ts';
import type { HealthCheck } from '../../src/health/health-check.ts';
import { createHealthHistory } from '../../src/health/history.service.ts';
import { readSeries, readSummaries } from '../../src/health/history.store.ts';
import type { Tx } from '../../src/storage/database.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

const random = createNodeRandom(() => nodeClock.now());

function check(ageMs: number, fields: Partial<HealthCheck>): HealthCheck {
  return {
    ...{ id: random.uuid(), providerSlug: 'acme', modelSlug: 'model', outcome: 'ok', failureClass: null },
    ...{ latencyMs: 100, message: null, costMicroUsd: 3, endedAtMs: 10_000_000 - ageMs },
    ...fields,
  };
}

describeOnEachDatabase('the history of health checks', (open) => {
  const checks = [
    check(1_000, { latencyMs: 100 }),
    check(2_000, { latencyMs: 200 }),
    check(3_000, { latencyMs: 300 }),
    // A fast error says nothing of how fast the model is, and a timeout says that it took at least so long.
    check(4_000, { outcome: 'retriable_error', failureClass: 'SERVER_ERROR', latencyMs: 1 }),
    check(5_000, { outcome: 'timeout', failureClass: 'TIMEOUT', latencyMs: 5_000 }),
    check(2 * 3_600_000, { latencyMs: 900 }),
    check(30 * 60_000, { modelSlug: 'rare/model', outcome: 'rate_limited', failureClass: 'RATE_LIMITED' }),
  ];
  const history = () => createHealthHistory(open().prisma);
  beforeAll(() => insertHealthChecks(open().prisma, checks, 10_000_000));

  it('sums up the checks of a window, and of these alone', async () => {
    expect(await history().summaryOf('acme/model', 'LAST_HOUR')).toMatchObject({
      count: 5,
      successRatio: 0.6,
      p50LatencyMs: 250,
      lastOutcome: 'ok',
    });
    expect(await history().summaryOf('acme/model', 'LAST_DAY')).toMatchObject({ count: 6 });
  });

  it('tells the last check of a model without any in the window, and nothing of one that was never probed', async () => {
    expect(await history().summaryOf('acme/rare/model', 'LAST_15_MINUTES')).toMatchObject({
      ...{ count: 0, successRatio: null, p50LatencyMs: null, lastOutcome: 'rate_limited' },
    });
    expect(await history().summaryOf('acme/unknown', 'LAST_HOUR')).toBeNull();
  });

  it('answers look-ups of one turn by one statement', async () => {
    const found = history();
    const both = await Promise.all(
      ['acme/model', 'acme/rare/model'].map((key) => found.summaryOf(key, 'LAST_WEEK')),
    );
    expect(both.map((summary) => summary?.count)).toEqual([6, 1]);
  });

  it('splits a window into equal parts, empty ones included, which add up to it', async () => {
    const model = { providerSlug: 'acme', modelSlug: 'model' };
    const parts = await history().series(model, 'LAST_DAY', 24);
    expect(parts).toHaveLength(24);
    for (const [index, { startsAt }] of parts.entries()) {
      expect(startsAt % 3_600_000).toBe(0);
      if (index > 0) expect(startsAt - parts[index - 1]!.startsAt).toBe(3_600_000);
    }
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(6);
    expect(parts.filter(({ count }) => count === 0).every(({ successRatio }) => successRatio === null)).toBe(
      true,
    );
  });

  it('stores a check once, however often it is written', async () => {
    const twice = check(0, { modelSlug: 'twice' });
    await insertHealthChecks(open().prisma, [twice], 10_000_000);
    await insertHealthChecks(open().prisma, [twice], 10_000_000);
    expect(await history().summaryOf('acme/twice', 'LAST_HOUR')).toMatchObject({ count: 1 });
  });

  it('reads and sweeps by the index: no statement touches a check outside its time', async () => {
    const ages = Array.from({ length: 500 }, (_, index) => (index + 2) * 3_600_000);
    const old = ages.map((ageMs) => check(ageMs, { modelSlug: 'long' }));
    const fresh = [check(1_000, { modelSlug: 'long' }), check(2_000, { modelSlug: 'long' })];
    await insertHealthChecks(open().prisma, [...old, ...fresh], 10_000_000);
    const model = { providerSlug: 'acme', modelSlug: 'long' };
    const series = { windowMs: 3_600_000, buckets: 4 };
    // Beside those of the window the last one is looked up, and the planner may look at an end of the index.
    expect(await touched((db) => readSummaries(db, ['acme/long'], 3_600_000))).toBeLessThanOrEqual(3);
    expect(await touched((db) => readSeries(db, model, series))).toBeLessThanOrEqual(2);
    expect(await touched((db) => deleteOldHealthChecks(db, 60 * 24 * 3_600_000, 1_000))).toBeLessThanOrEqual(
      1,
    );
  });

  /** How many rows some work reads of the table, where it is too large to be read whole. */
  function touched(work: (db: Tx) => Promise<unknown>): Promise<number> {
    return open().prisma.$transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      const before = await touchedSoFar(tx);
      await work(tx);
      return (await touchedSoFar(tx)) - before;
    });
  }
});

async function touchedSoFar(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ rows: number }[]>`
    SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_xact_user_tables
    WHERE relname = 'provider_health_checks'`;
  return row?.rows ?? 0;
}
