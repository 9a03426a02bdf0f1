import { expect, it } from 'vitest';
import { createClaims, type ClaimRequest, type Claims } from '../../src/health/claims.service.ts';
import type { ProbeTarget } from '../../src/health/probe-target.ts';
import type { Database } from '../../src/storage/database.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { until } from '../support/time/until.ts';

const model = (providerSlug: string, mostMicroUsd = 0): ProbeTarget => ({
  ...{ key: `${providerSlug}/model`, providerSlug, modelSlug: 'model', mostMicroUsd, ownIntervalMs: null },
});

function request(
  targets: readonly ProbeTarget[],
  options: { readonly isRecovery?: boolean } = {},
): ClaimRequest {
  return {
    candidates: targets.map((target) => ({ target, isRecovery: options.isRecovery ?? false, firstInMs: 0 })),
    terms: { configuredMs: 60_000, paidTargets: 1 },
    limit: 100,
    expenses: [],
  };
}

/** Two instances of one fleet. */
function fleet(database: Database, options: { readonly cap?: number; readonly leaseMs?: number } = {}) {
  const claims = (): Claims =>
    createClaims({
      db: database.prisma,
      random: createNodeRandom(() => nodeClock.now()),
      timers: nodeTimers,
      limitMs: () => 10_000,
      capMicroUsd: options.cap ?? 1_000_000,
      leaseMs: options.leaseMs ?? 60_000,
    });
  return { one: claims(), other: claims() };
}

const keysOf = async (claims: Claims, wanted: ClaimRequest) =>
  (await claims.claim(wanted)).won.map(({ target }) => target.key);

describeOnEachDatabase('the schedule of probes', (open) => {
  it('gives each model that is due to one instance, and none that is not', async () => {
    const { one, other } = fleet(open());
    const targets = Array.from({ length: 20 }, (_, index) => model(`shared-${index}`));
    const won: string[] = [];
    await until(async () => {
      const found = await Promise.all([keysOf(one, request(targets)), keysOf(other, request(targets))]);
      won.push(...found.flat());
      return won.length >= 20;
    });
    expect(new Set(won).size).toBe(won.length);
    expect(await keysOf(other, request(targets))).toEqual([]);
  });

  it('gives one that waits for recovery although it is not due, unless somebody probes it', async () => {
    const { one, other } = fleet(open());
    const target = model('recovering');
    const { won } = await one.claim(request([target]));
    expect(await keysOf(other, request([target], { isRecovery: true }))).toEqual([]);
    await one.release(won[0]!, 0);
    expect(await keysOf(other, request([target]))).toEqual([]);
    expect(await keysOf(other, request([target], { isRecovery: true }))).toEqual([target.key]);
  });

  it('gives what an instance has vanished with to another, once the lease has ended', async () => {
    const { one, other } = fleet(open(), { leaseMs: 100 });
    const target = model('left-behind');
    await one.claim(request([target]));
    await until(async () => (await keysOf(other, request([target], { isRecovery: true }))).length === 1);
  });

  it('keeps a lease that is renewed', async () => {
    const { one, other } = fleet(open(), { leaseMs: 60_000 });
    const target = model('slow');
    await one.claim(request([target]));
    await open().prisma.probeSchedule.updateMany({ data: { leaseUntil: new Date(0) } });
    await one.renew([target]);
    expect(await keysOf(other, request([target], { isRecovery: true }))).toEqual([]);
  });

  it('does not give models that users’ calls prove, and has them due an interval after that', async () => {
    const { one } = fleet(open());
    const target = model('busy');
    await open().prisma.$executeRaw`
      INSERT INTO model_liveness (provider_slug, model_slug, last_live_success_at)
      VALUES ('busy', 'model', clock_timestamp() - interval '20 seconds')`;
    const { won, nextInMs } = await one.claim(request([target]));
    expect(won).toEqual([]);
    expect(nextInMs).toBeGreaterThan(35_000);
    expect(nextInMs).toBeLessThanOrEqual(40_000);
  });

  it('holds the cap over all instances, counts what was really spent, and what was spent alone', async () => {
    const { one, other } = fleet(open(), { cap: 250 });
    const [first, second, third] = [model('cap-1', 100), model('cap-2', 100), model('cap-3', 100)] as const;
    const { won } = await one.claim(request([first]));
    // What is due by the database's clock may be given a moment later, should that clock step back meanwhile.
    await until(async () => (await keysOf(other, request([second]))).includes(second.key));
    const refused = await other.claim(request([third]));
    expect(refused).toMatchObject({ won: [], unaffordable: [third.key], leftMicroUsd: 50 });
    await one.release(won[0]!, 10);
    expect(await keysOf(other, request([third]))).toEqual([third.key]);
    const alone = { ...request([first]), expenses: [{ target: first, atMs: 0, microUsd: 40 }] };
    expect(await one.claim(alone)).toMatchObject({ won: [], leftMicroUsd: 0 });
  });
});
