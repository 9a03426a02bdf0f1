import { beforeEach, expect, it } from 'vitest';
import { asExpected } from '../../src/estimates/estimate.ts';
import { KEEP_MS } from '../../src/estimates/keeping.service.ts';
import { TRACK_MS } from '../../src/estimates/track.ts';
import type { Database } from '../../src/storage/database.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { openEstimates } from './estimates-stage.ts';
import { failed, slow } from './outcomes.ts';

const key = 'one/a';

describeOnEachDatabase('what is learned of models', (open) => {
  beforeEach(async () => {
    await open().prisma.modelEstimate.deleteMany();
    await open().prisma.modelLiveness.deleteMany();
  });

  it('is known again after a restart, as old as it is', async () => {
    const known = await (async () => {
      await using first = await openEstimates(open());
      for (let call = 0; call < 8; call += 1) first.estimates.observe(slow(3, { key }));
      first.estimates.observe(failed({ key }));
      return first.estimates.estimateOf(key);
    })();
    await using second = await openEstimates(open());
    expect(second.estimates.estimateOf(key)).toEqual(known);
    await age(open(), 120_000);
    await using third = await openEstimates(open());
    const faded = third.estimates.estimateOf(key);
    expect(faded.latencyRatioPermille).toBeLessThan(known.latencyRatioPermille);
    expect(faded.latencyRatioPermille).toBeGreaterThan(1000);
    await age(open(), TRACK_MS);
    await using fourth = await openEstimates(open());
    expect(fourth.estimates.estimateOf(key)).toBe(asExpected);
  });

  it('is told by every instance of its own alone: restarts add nothing up twice', async () => {
    for (let life = 0; life < 5; life += 1) {
      await using instance = await openEstimates(open());
      if (life === 0) instance.estimates.observe(failed({ key }));
      // What was restored is not written again under another name.
      else instance.estimates.observe(slow(1, { key: 'one/b' }));
      await instance.estimates.keep();
    }
    await using last = await openEstimates(open());
    expect(last.estimates.estimateOf(key).failuresHundredths).toBe(100);
    expect(last.estimates.estimateOf('one/b').successesHundredths).toBe(400);
  });

  it('is written at most once in ten seconds, in the background, and only where something was observed', async () => {
    await using instance = await openEstimates(open());
    for (let call = 0; call < 1000; call += 1) instance.estimates.observe(slow(1, { key }));
    expect(await open().prisma.modelEstimate.count()).toBe(0);
    await instance.time.advance(KEEP_MS - 1);
    expect(await open().prisma.modelEstimate.count()).toBe(0);
    await instance.time.advance(1);
    await instance.estimates.keep();
    expect(await open().prisma.modelEstimate.findMany()).toMatchObject([
      { providerSlug: 'one', modelSlug: 'a' },
    ]);
  });

  it('carries when a user’s call last succeeded, which no probe and no older success moves', async () => {
    const { prisma } = open();
    const read = async () => (await prisma.modelLiveness.findFirst())?.lastLiveSuccessAt.getTime();
    await using instance = await openEstimates(open());
    instance.estimates.observe(slow(1, { key, isProbe: true }));
    instance.estimates.observe(failed({ key }));
    await instance.estimates.keep();
    expect(await read()).toBeUndefined();
    instance.estimates.observe(slow(1, { key }));
    await instance.time.advance(5000);
    await instance.estimates.keep();
    const [{ now }] = await prisma.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
    const first = (await read()) ?? 0;
    expect(now.getTime() - first).toBeGreaterThanOrEqual(4990);
    await using late = await openEstimates(open());
    late.estimates.observe(slow(1, { key }));
    await late.time.advance(600_000);
    await late.estimates.keep();
    expect(await read()).toBe(first);
  });

  it('waits in memory while the database does not take it, at no call’s expense, and is written on return', async () => {
    const { prisma } = open();
    await using instance = await openEstimates(open());
    await prisma.$executeRaw`ALTER TABLE model_estimates RENAME TO model_estimates_away`;
    for (let call = 0; call < 50; call += 1) {
      instance.estimates.observe(slow(3, { key }));
      await instance.estimates.keep();
    }
    expect(instance.estimates.estimateOf(key).latencyRatioPermille).toBeGreaterThan(2000);
    await using late = await openEstimates(open());
    expect(late.estimates.estimateOf(key)).toBe(asExpected);
    await prisma.$executeRaw`ALTER TABLE model_estimates_away RENAME TO model_estimates`;
    await instance.time.advance(KEEP_MS);
    await instance.estimates.keep();
    await using next = await openEstimates(open());
    // Slots of one clock lie between those of another: ages differ by half of one at most.
    const [told, known] = [next, instance].map(
      ({ estimates }) => estimates.estimateOf(key).latencyRatioPermille,
    );
    expect(Math.abs(told! - known!)).toBeLessThan(100);
  });

  it('of authors that are gone is deleted when it no longer counts', async () => {
    {
      await using gone = await openEstimates(open());
      gone.estimates.observe(failed({ key }));
    }
    await age(open(), TRACK_MS + 1000);
    await using instance = await openEstimates(open());
    instance.estimates.observe(failed({ key: 'two/a' }));
    await instance.estimates.keep();
    expect(await open().prisma.modelEstimate.findMany()).toMatchObject([{ providerSlug: 'two' }]);
  });
});

async function age({ prisma }: Database, ms: number): Promise<void> {
  await prisma.$executeRaw`UPDATE model_estimates SET written_at = written_at - ${ms} * INTERVAL '1 millisecond'`;
}
