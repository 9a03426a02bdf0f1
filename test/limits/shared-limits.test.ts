import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRedisPartExchange } from '../../src/fleet/part-exchange.redis.ts';
import { createReplication } from '../../src/fleet/replication.service.ts';
import type { PartExchange } from '../../src/fleet/replication.ts';
import { createQuotaService } from '../../src/limits/quota.service.ts';
import { createManualTime, type ManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { connectRedis, type ConnectedRedis } from '../support/redis/connect.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../support/redis/own-redis.ts';
import { attempt } from './attempt.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders, type Configured } from './limits-stage.ts';

const patience = { timeout: 10_000, interval: 5 };

// A fleet has one place to meet, so these tests have a server to themselves.
describe.skipIf(!canStartRedis)('instances that share a Redis', () => {
  const stack = new AsyncDisposableStack();
  let own: OwnRedis;
  let redis: ConnectedRedis;
  beforeAll(async () => {
    own = stack.use(await createOwnRedis());
    redis = stack.use(await connectRedis(own.url));
  });
  beforeEach(() => redis.client.flushall());
  afterAll(() => stack.disposeAsync());

  test('a fleet admits together what one instance would, and what comes before it has heard', async () => {
    const id = randomUUID();
    await using stack = new AsyncDisposableStack();
    const fleet = [1, 2, 3].map(() => openQuota(redis, stack));
    let admitted = 0;
    for (let round = 0; round < 40; round += 1) {
      for (const { quota } of fleet) if (attempt(quota, id) === 'admitted') admitted += 1;
      for (const { exchanged } of fleet) await exchanged();
    }
    expect(admitted).toBeGreaterThanOrEqual(60);
    // One call of each instance in every 250 ms, for the half second that news may take.
    expect(admitted).toBeLessThanOrEqual(60 + 2 * fleet.length);
  });

  test('a key that is used up at one instance is used up at another that never served it', async () => {
    const id = randomUUID();
    await using stack = new AsyncDisposableStack();
    const [one, two] = [openQuota(redis, stack), openQuota(redis, stack)];
    for (let call = 0; call < 60; call += 1) expect(attempt(one.quota, id)).toBe('admitted');
    await one.exchanged();
    await two.exchanged();
    expect(attempt(two.quota, id)).toBeGreaterThan(50_000);
  });

  test('a cool-down reaches the others without any time passing on their clocks', async () => {
    await using stack = new AsyncDisposableStack();
    const fleet = openFleet(redis, stack, 3);
    fleet[0]!.call({ failure: rateLimited(60_000) });
    for (const { limits } of fleet) {
      await expect.poll(() => limits.measuresOf('one/a').coolDownMs, patience).toBeGreaterThan(50_000);
    }
    for (const stage of fleet) expect(stage.attempt('one/b')).toBe('admitted');
  });

  test('a cool-down and a hard-down that one lifts are lifted for the others', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, two] = openFleet(redis, stack, 2);
    const scope = { providerSlug: 'one', modelSlug: 'a' };
    const known = (stage = one!) => {
      const { hardDownMs, coolDownMs } = stage.limits.measuresOf('one/a');
      return [hardDownMs !== null, coolDownMs !== null];
    };
    one!.call({ failure: rateLimited(60_000) });
    one!.limits.markHardDown(scope, 1);
    await expect.poll(() => known(two), patience).toEqual([true, true]);
    // By their clocks, which stand still, a lift would be no later than what it lifts.
    await Promise.all([one!.time.advance(20_000), two!.time.advance(20_000)]);
    two!.limits.lift(scope);
    await expect
      .poll(() => [known(one), known(two)], patience)
      .toEqual([
        [false, false],
        [false, false],
      ]);
  });

  test('one that starts late hears what cools already, also from one that is gone', async () => {
    await using stack = new AsyncDisposableStack();
    {
      await using first = new AsyncDisposableStack();
      openFleet(redis, first, 1)[0]!.call({ failure: rateLimited(60_000) });
    }
    const [late] = openFleet(redis, stack, 1);
    await late!.time.advance(250);
    await expect.poll(() => late!.limits.measuresOf('one/a').coolDownMs, patience).toBeGreaterThan(50_000);
  });

  test('what one reads in headers holds for all, and each counts what it sends itself', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, two] = openFleet(redis, stack, 2);
    one!.call({ headers: requestHeaders(1, 100, 60) });
    await one!.exchanged();
    await two!.exchanged();
    expect(two!.limits.stateOf('one/a')?.remainingRequests).toBe(1);
    expect([two!.attempt(), typeof two!.attempt()]).toEqual(['admitted', 'number']);
  });

  test('a configured limit holds for the fleet, but for what is admitted before the others have heard', async () => {
    await using stack = new AsyncDisposableStack();
    const fleet = openFleet(redis, stack, 3, { requestsPerMinute: 60 });
    let admitted = 0;
    for (let round = 0; round < 40; round += 1) {
      for (const stage of fleet) if (stage.attempt() === 'admitted') admitted += 1;
      for (const stage of fleet) await stage.exchanged();
    }
    expect(admitted).toBeGreaterThanOrEqual(60);
    expect(admitted).toBeLessThanOrEqual(60 + 2 * fleet.length);
  });
});

describe.skipIf(!canStartRedis)('instances whose Redis goes away', () => {
  test('each goes by what it knows, and no call waits or fails; back and empty, it is told everything', async () => {
    await using own = await createOwnRedis();
    await using stack = new AsyncDisposableStack();
    using redis = await connectRedis(own.url);
    const id = randomUUID();
    const [one, two] = openFleet(redis, stack, 2);
    const quotas = [openQuota(redis, stack), openQuota(redis, stack)];
    own.pause();
    one!.call({ failure: rateLimited(60_000) });
    expect([one!.attempt(), two!.attempt()]).toEqual([60_000, 'admitted']);
    for (const { quota } of quotas) {
      for (let call = 0; call < 60; call += 1) expect(attempt(quota, id)).toBe('admitted');
      expect(attempt(quota, id)).toBe(60_000);
    }
    await own.kill();
    await one!.exchanged();
    await own.start();
    await expect
      .poll(async () => {
        for (const stage of [one!, two!, ...quotas]) await stage.exchanged();
        return two!.limits.measuresOf('one/a').coolDownMs;
      }, patience)
      .not.toBeNull();
    const [late] = [openQuota(redis, stack)];
    await late.exchanged();
    expect(attempt(late.quota, id)).not.toBe('admitted');
  });
});

/** The exchange of an instance, and a way to let one come to its end. */
function openExchange(redis: ConnectedRedis, instanceId: string) {
  const shared = createRedisPartExchange(redis, instanceId);
  let last: Promise<unknown> = Promise.resolve();
  const exchange: PartExchange = {
    exchange(updates) {
      const exchanged = shared.exchange(updates);
      last = exchanged.catch(() => {});
      return exchanged;
    },
  };
  return {
    exchange,
    /** Lets 250 ms pass, and what falls due in them come to its end. */
    async exchanged(time: ManualTime) {
      await time.advance(250);
      await last;
      await time.advance(0);
    },
  };
}

/** An instance whose callers have 60 calls a minute. */
function openQuota(redis: ConnectedRedis, stack: AsyncDisposableStack) {
  const time = createManualTime();
  const { exchange, exchanged } = openExchange(redis, randomUUID());
  const replication = stack.use(createReplication({ ...time, exchange, hint() {}, log: silentLog }));
  const limitsOf = () => ({ requestsPerMinute: 60, tokensPerMinute: null });
  const quota = createQuotaService({ ...time, replication, limitsOf });
  return { quota, exchanged: () => exchanged(time) };
}

/** Instances that hear each other's hints, each of whose time stands still until the test moves it. */
function openFleet(
  redis: ConnectedRedis,
  stack: AsyncDisposableStack,
  count: number,
  configured: Configured = {},
) {
  const fleet = Array.from({ length: count }, (_, index) => {
    const { exchange, exchanged } = openExchange(redis, randomUUID());
    const hint = () => {
      for (const other of fleet) if (other !== fleet[index]) void other.replication.exchangeNow();
    };
    const stage = stack.use(openLimits({ catalog: catalogOf(1, configured), exchange, hint }));
    return { ...stage, exchanged: () => exchanged(stage.time) };
  });
  return fleet;
}
