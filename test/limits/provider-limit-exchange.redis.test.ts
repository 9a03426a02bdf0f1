import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRedis, type RedisConnection } from '../../src/fleet/connection.redis.ts';
import { createRedisProviderLimitExchange } from '../../src/limits/provider-limit-exchange.redis.ts';
import type { SharedLimits } from '../../src/limits/provider-limit-exchange.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { openRedisBus } from '../events/buses.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../support/redis/own-redis.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders, type Configured } from './limits-stage.ts';

const HASH = 'switchyard:{fleet}:limits';
const silence: SharedLimits = { providers: [], models: [], hardDowns: [], lifts: [] };
const cooling = (coolingMs: number): SharedLimits => ({
  ...silence,
  models: [{ key: 'one/a', coolingMs, backOffMs: 0, requests: null, tokens: null }],
});
const patience = { timeout: 10_000, interval: 5 };

// A fleet has one hash, so these tests have a server to themselves.
describe.skipIf(!canStartRedis)('instances that share a Redis', () => {
  const stack = new AsyncDisposableStack();
  let own: OwnRedis;
  let redis: RedisConnection;
  beforeAll(async () => {
    own = stack.use(await createOwnRedis());
    redis = stack.use(await connect(own.url));
  });
  beforeEach(() => redis.client.flushall());
  afterAll(() => stack.disposeAsync());
  const exchangeOf = () => createRedisProviderLimitExchange(redis, randomUUID());

  test('each hears what the others have told, with what is left of it, and not what it told itself', async () => {
    const [one, two, three] = [exchangeOf(), exchangeOf(), exchangeOf()];
    expect(await one.exchange(cooling(60_000))).toEqual([]);
    await two.exchange({ ...silence, lifts: [{ name: 'one', leftMs: 5000, agoMs: 10 }] });
    const told = await three.exchange(silence);
    expect(told).toHaveLength(2);
    const coolingMs = told.flatMap(({ models }) => models.map((model) => model.coolingMs));
    expect(coolingMs).toHaveLength(1);
    expect(coolingMs[0]).toBeGreaterThan(50_000);
    expect(coolingMs[0]).toBeLessThanOrEqual(60_000);
    expect(told.flatMap(({ lifts }) => lifts)).toMatchObject([{ name: 'one' }]);
    expect(await one.exchange(cooling(60_000))).toHaveLength(1);
  });

  test('telling again replaces what was told, and telling nothing takes it back', async () => {
    const [one, two] = [exchangeOf(), exchangeOf()];
    for (const coolingMs of [60_000, 60_000, 9000]) await one.exchange(cooling(coolingMs));
    const [told, ...more] = await two.exchange(silence);
    expect(more).toEqual([]);
    expect(told?.models[0]?.coolingMs).toBeLessThanOrEqual(9000);
    await one.exchange(silence);
    expect(await two.exchange(silence)).toEqual([]);
    expect(await redis.client.exists(HASH)).toBe(0);
  });

  test('nothing stays for longer than it holds, and the longest-lived keeps the hash', async () => {
    await exchangeOf().exchange(cooling(90_000));
    await exchangeOf().exchange(cooling(1000));
    const ttlMs = await redis.client.pttl(HASH);
    expect(ttlMs).toBeGreaterThan(80_000);
    expect(ttlMs).toBeLessThanOrEqual(90_000);
  });

  test('what has ended, and what no instance of this release can have told, is dropped and harms nobody', async () => {
    await redis.client.hset(HASH, { odd: '', ended: '1 1 {}', other: `${Date.now() + 60_000} 1 [7]` });
    expect(await exchangeOf().exchange(silence)).toEqual([silence]);
    expect(await redis.client.hkeys(HASH)).toEqual(['other']);
  });

  test('a cool-down reaches the others without any time passing on their clocks', async () => {
    await using stack = new AsyncDisposableStack();
    const fleet = await openFleet(stack, own, redis, 3);
    fleet[0]!.call({ failure: rateLimited(60_000) });
    for (const { limits } of fleet) {
      await expect.poll(() => limits.measuresOf('one/a').coolDownMs, patience).toBeGreaterThan(50_000);
    }
    for (const stage of fleet) expect(stage.attempt('one/b')).toBe('admitted');
  });

  test('a hard-down reaches the others, and so does its lift, whoever lifts it', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, two] = await openFleet(stack, own, redis, 2);
    const scope = { providerSlug: 'one', modelSlug: null };
    const down = (stage = one!) => stage.limits.measuresOf('one/b').hardDownMs !== null;
    one!.limits.markHardDown(scope, 1);
    await expect.poll(() => down(two), patience).toBe(true);
    // By their clocks, which stand still, a lift would be no later than the mark.
    await Promise.all([one!.time.advance(20_000), two!.time.advance(20_000)]);
    two!.limits.lift(scope);
    await expect.poll(() => [down(one), down(two)], patience).toEqual([false, false]);
  });

  test('one that starts late hears what cools already, also from one that is gone', async () => {
    await using stack = new AsyncDisposableStack();
    {
      await using first = new AsyncDisposableStack();
      const [gone] = await openFleet(first, own, redis, 1);
      gone!.call({ failure: rateLimited(60_000) });
    }
    const [late] = await openFleet(stack, own, redis, 1);
    await late!.time.advance(250);
    await expect.poll(() => late!.limits.measuresOf('one/a').coolDownMs, patience).toBeGreaterThan(50_000);
  });

  test('what one reads in headers holds for all, and each counts what it sends itself', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, two] = await openFleet(stack, own, redis, 2);
    one!.call({ headers: requestHeaders(1, 100, 60) });
    await one!.time.advance(250);
    await expect
      .poll(async () => {
        await two!.time.advance(250);
        return two!.limits.stateOf('one/a')?.remainingRequests;
      }, patience)
      .toBe(1);
    expect([two!.attempt(), typeof two!.attempt()]).toEqual(['admitted', 'number']);
  });

  test('a configured limit holds for the fleet, but for what is admitted before the others have heard', async () => {
    await using stack = new AsyncDisposableStack();
    const fleet = await openFleet(stack, own, redis, 3, { requestsPerMinute: 60 });
    let admitted = 0;
    for (let round = 0; round < 40; round += 1) {
      for (const stage of fleet) if (stage.attempt() === 'admitted') admitted += 1;
      for (const stage of fleet) await stage.exchanged();
    }
    expect(admitted).toBeGreaterThanOrEqual(60);
    // One call of each instance in every 250 ms, for the half second that news may take.
    expect(admitted).toBeLessThanOrEqual(60 + 2 * fleet.length);
  });
});

describe.skipIf(!canStartRedis)('instances whose Redis goes away', () => {
  test('a Redis that hangs or is gone fails the exchange soon; back and empty, it is told everything again', async () => {
    await using own = await createOwnRedis();
    using redis = await connect(own.url);
    const [one, two] = [1, 2].map(() => createRedisProviderLimitExchange(redis, randomUUID()));
    await one!.exchange(cooling(60_000));

    own.pause();
    await expect(one!.exchange(cooling(60_000))).rejects.toThrow();
    own.resume();
    await expect.poll(() => redis.isUp(), patience).toBe(true);
    expect(await two!.exchange(silence)).toHaveLength(1);

    await own.kill();
    await expect(one!.exchange(cooling(60_000))).rejects.toThrow();
    await own.start();
    await expect.poll(() => redis.isUp(), patience).toBe(true);
    expect(await two!.exchange(silence)).toEqual([]);
    await one!.exchange(cooling(60_000));
    expect(await two!.exchange(silence)).toHaveLength(1);
  });

  test('each goes by what it knows, and no call waits or fails; back again, they share it', async () => {
    await using own = await createOwnRedis();
    await using stack = new AsyncDisposableStack();
    using redis = await connect(own.url);
    const [one, two] = await openFleet(stack, own, redis, 2);
    own.pause();
    one!.call({ failure: rateLimited(60_000) });
    expect([one!.attempt(), two!.attempt()]).toEqual([60_000, 'admitted']);
    await own.kill();
    await one!.exchanged();
    expect(one!.attempt()).toBe(59_750);
    two!.call({ failure: rateLimited(30_000) }, 'one/b');
    expect([one!.attempt('one/b'), two!.attempt('one/b')]).toEqual(['admitted', 30_000]);

    await own.start();
    await expect
      .poll(async () => {
        for (const stage of [one!, two!]) await stage.exchanged();
        return [two!.limits.measuresOf('one/a').coolDownMs, one!.limits.measuresOf('one/b').coolDownMs];
      }, patience)
      .not.toContain(null);
  });
});

async function connect(url: string): Promise<RedisConnection> {
  const up = Promise.withResolvers<void>();
  const connection = openRedis({
    ...{ url, timers: nodeTimers, random: createNodeRandom(() => Date.now()) },
    onUp: () => up.resolve(),
    onDown: () => {},
  });
  await up.promise;
  return connection;
}

/** Instances with a bus between them, each of whose time stands still until the test moves it. */
async function openFleet(
  stack: AsyncDisposableStack,
  own: OwnRedis,
  redis: RedisConnection,
  count: number,
  configured: Configured = {},
) {
  const instances = Array.from({ length: count }, async () => {
    const instanceId = randomUUID();
    const shared = createRedisProviderLimitExchange(redis, instanceId);
    const bus = stack.use(await openRedisBus(own.url));
    let last: Promise<unknown> = Promise.resolve();
    const exchange: typeof shared = {
      exchange(limits) {
        const told = shared.exchange(limits);
        last = told.catch(() => {});
        return told;
      },
    };
    const stage = stack.use(
      await openLimits({ catalog: catalogOf(1, configured), exchange, bus, instanceId }),
    );
    return {
      ...stage,
      /** Lets 250 ms pass, and what falls due in them come to its end. */
      async exchanged() {
        await stage.time.advance(250);
        await last;
        await stage.time.advance(0);
      },
    };
  });
  return Promise.all(instances);
}
