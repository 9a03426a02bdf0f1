import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openRedis, type RedisConnection } from '../../src/fleet/connection.redis.ts';
import { createRedisQuotaExchange } from '../../src/limits/quota-exchange.redis.ts';
import { createQuotaService } from '../../src/limits/quota.service.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { canStartRedis, createOwnRedis } from '../support/redis/own-redis.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { attempt } from './attempt.ts';

const redisUrl = inject('redisUrl');

describe.skipIf(redisUrl === null)('instances that share a Redis', () => {
  const stack = new AsyncDisposableStack();
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = stack.use(await connect(redisUrl!));
  });
  afterAll(() => stack.disposeAsync());

  test('each learns what the others have told of a caller, and not what it told itself', async () => {
    const [one, two, three] = [1, 2, 3].map(() => createRedisQuotaExchange(redis, randomUUID()));
    const [mine, theirs] = [randomUUID(), randomUUID()];
    expect(await one!.exchange(new Map([[mine, [{ leftMs: 60_000, requests: 2, tokens: 70 }]]]))).toEqual(
      new Map([[mine, []]]),
    );
    await two!.exchange(
      new Map([
        [mine, [{ leftMs: 5000, requests: 1, tokens: 9 }]],
        [theirs, []],
      ]),
    );
    const told = await three!.exchange(
      new Map([
        [mine, []],
        [theirs, []],
      ]),
    );
    expect(told.get(theirs)).toEqual([]);
    expect(told.get(mine)).toHaveLength(2);
    for (const { leftMs, requests, tokens } of told.get(mine)!) {
      expect([
        [2, 70],
        [1, 9],
      ]).toContainEqual([requests, tokens]);
      expect(leftMs).toBeGreaterThan(requests === 2 ? 50_000 : 0);
      expect(leftMs).toBeLessThanOrEqual(requests === 2 ? 60_000 : 5000);
    }
  });

  test('telling again replaces what was told: a repetition or a correction never counts twice', async () => {
    const [one, two] = [1, 2].map(() => createRedisQuotaExchange(redis, randomUUID()));
    const id = randomUUID();
    for (const tokens of [500, 500, 20]) {
      await one!.exchange(new Map([[id, [{ leftMs: 60_000, requests: 1, tokens }]]]));
    }
    const told = await two!.exchange(new Map([[id, []]]));
    expect(told.get(id)).toMatchObject([{ requests: 1, tokens: 20 }]);
  });

  test('what no instance of this release can have told is dropped, and harms nobody', async () => {
    const id = randomUUID();
    const name = `switchyard:{fleet}:quota:${id}`;
    await redis.client.hset(name, { odd: '', stale: '1 60000:5:5' });
    const exchange = createRedisQuotaExchange(redis, 'fresh');
    expect(await exchange.exchange(new Map([[id, []]]))).toEqual(new Map([[id, []]]));
    expect(await redis.client.hkeys(name)).toEqual(['fresh']);
  });

  test('nothing stays in Redis for longer than it counts', async () => {
    const id = randomUUID();
    await createRedisQuotaExchange(redis, randomUUID()).exchange(new Map([[id, []]]));
    const ttlMs = await redis.client.pttl(`switchyard:{fleet}:quota:${id}`);
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
  });

  test('a fleet admits together what one instance would, and what comes before it has heard', async () => {
    const id = randomUUID();
    await using stack = new AsyncDisposableStack();
    const fleet = [1, 2, 3].map(() => stack.use(createInstance(redis)));
    let admitted = 0;
    for (let round = 0; round < 40; round += 1) {
      for (const { quota } of fleet) if (attempt(quota, id) === 'admitted') admitted += 1;
      for (const { exchanged } of fleet) await exchanged();
    }
    expect(admitted).toBeGreaterThanOrEqual(60);
    // One call of each instance in every 250 ms, for the half second that news may take.
    expect(admitted).toBeLessThanOrEqual(60 + 2 * fleet.length);
  });
});

describe.skipIf(!canStartRedis)('instances whose Redis goes away', () => {
  test('a Redis that hangs or is gone fails the exchange soon, and serves again when it is back', async () => {
    await using own = await createOwnRedis();
    using redis = await connect(own.url);
    const exchange = createRedisQuotaExchange(redis, randomUUID());
    const uses = new Map([[randomUUID(), [{ leftMs: 60_000, requests: 1, tokens: 0 }]]]);
    await exchange.exchange(uses);

    own.pause();
    await expect(exchange.exchange(uses)).rejects.toThrow();
    expect(redis.isUp()).toBe(false);
    own.resume();
    await expect.poll(() => redis.isUp(), { timeout: 10_000 }).toBe(true);
    await exchange.exchange(uses);

    await own.kill();
    await expect(exchange.exchange(uses)).rejects.toThrow();
  });

  test('each instance goes on by its own limits', async () => {
    await using own = await createOwnRedis();
    using redis = await connect(own.url);
    await using instance = createInstance(redis);
    const id = randomUUID();
    for (let call = 0; call < 20; call += 1) expect(attempt(instance.quota, id)).toBe('admitted');
    await own.kill();
    for (let call = 20; call < 60; call += 1) {
      expect(attempt(instance.quota, id)).toBe('admitted');
      await instance.exchanged();
    }
    expect(attempt(instance.quota, id)).toBe(50_000);
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

/** An instance whose callers have 60 calls a minute and whose time the test moves. */
function createInstance(redis: RedisConnection) {
  const time = createManualTime();
  const shared = createRedisQuotaExchange(redis, randomUUID());
  let last: Promise<unknown> = Promise.resolve();
  const quota = createQuotaService({
    ...{ ...time, log: silentLog },
    limitsOf: () => ({ requestsPerMinute: 60, tokensPerMinute: null }),
    exchange: {
      exchange(own) {
        const told = shared.exchange(own);
        last = told.catch(() => {});
        return told;
      },
    },
  });
  return {
    quota,
    /** Lets 250 ms pass, and what falls due in them come to its end. */
    async exchanged() {
      await time.advance(250);
      await last;
      await time.advance(0);
    },
    [Symbol.asyncDispose]: () => quota[Symbol.asyncDispose](),
  };
}
