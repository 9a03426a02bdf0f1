import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRedisPartExchange } from '../../src/fleet/part-exchange.redis.ts';
import { MOST_HELD_MS, type Row, type Update } from '../../src/fleet/replication.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../support/redis/own-redis.ts';
import { connectRedis, type ConnectedRedis } from '../support/redis/connect.ts';

const PARTS = 'switchyard:{fleet}:parts';
const keys = [PARTS, `${PARTS}:order`, `${PARTS}:ends`];

const part = (name: string, row: Row = [1], holdsMs = 60_000): Update => {
  return { kind: 'kind', name, row, holdsMs };
};

const anyTimes = { ageMs: expect.any(Number), leftMs: expect.any(Number) };

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
  const open = (instanceId: string = randomUUID()) => createRedisPartExchange(redis, instanceId);

  test('each hears once what the others have changed, of entries that it knows nothing of, and not its own', async () => {
    const [one, two] = [open('one'), open('two')];
    await one.exchange([part('an id with spaces', [1, 2]), part('b', [])]);
    const { updates, hasMore } = await two.exchange([part('b', [3])]);
    expect(updates).toEqual([
      { author: 'one', kind: 'kind', name: 'an id with spaces', text: '1 2', ...anyTimes },
      { author: 'one', kind: 'kind', name: 'b', text: '', ...anyTimes },
    ]);
    for (const { ageMs, leftMs } of updates) {
      expect(ageMs).toBeLessThan(10_000);
      expect(leftMs).toBeGreaterThan(50_000);
      expect(leftMs).toBeLessThanOrEqual(60_000);
    }
    expect(hasMore).toBe(false);
    expect((await two.exchange([])).updates).toEqual([]);
    expect((await one.exchange([])).updates).toMatchObject([{ author: 'two', name: 'b', text: '3' }]);
  });

  test('sending again replaces what was sent: a repetition or a correction never counts twice', async () => {
    const [one, two] = [open(), open()];
    for (const row of [[500], [500], [20]]) await one.exchange([part('a', row)]);
    expect((await two.exchange([])).updates.map(({ text }) => text)).toEqual(['20']);
  });

  test('one that starts late hears everything that holds, also from one that is gone', async () => {
    await open().exchange([part('a'), part('b')]);
    expect((await open().exchange([])).updates.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('much is read in pieces, none twice and none left out', async () => {
    const names = Array.from({ length: 2500 }, (_, index) => `entry ${index}`);
    const [one, two] = [open(), open()];
    for (let at = 0; at < names.length; at += 200) {
      await one.exchange(names.slice(at, at + 200).map((name) => part(name)));
    }
    const read: string[] = [];
    for (let more = true; more;) {
      const { updates, hasMore } = await two.exchange([]);
      read.push(...updates.map(({ name }) => name));
      more = hasMore;
    }
    expect(read).toEqual(names);
  });

  test('what has ended is neither read nor kept', async () => {
    const [one, two] = [open(), open()];
    await one.exchange([part('short', [1], 1), part('long')]);
    await expect
      .poll(async () => {
        await two.exchange([]);
        return redis.client.hkeys(PARTS);
      })
      .toHaveLength(2);
    expect((await open().exchange([])).updates.map(({ name }) => name)).toEqual(['long']);
    expect(await redis.client.zcard(keys[1]!)).toBe(1);
    expect(await redis.client.zcard(keys[2]!)).toBe(1);
  });

  test('nothing stays for longer than it holds, and the longest-lived keeps the rest', async () => {
    await open().exchange([part('a', [1], 90_000)]);
    await open().exchange([part('b', [1], 1000)]);
    await open().exchange([part('c', [1], 50 * MOST_HELD_MS)]);
    for (const key of keys) {
      const ttlMs = await redis.client.pttl(key);
      expect(ttlMs).toBeGreaterThan(MOST_HELD_MS - 10_000);
      expect(ttlMs).toBeLessThanOrEqual(MOST_HELD_MS);
    }
  });

  test('what nobody of the fleet can have written is passed over, and harms nobody', async () => {
    const exchange = open();
    await open().exchange([part('good')]);
    const odd = { odd: '', 'a b': '1', 'x kind y': `${10 ** 20} nonsense`, 'z kind old': '1 1 5' };
    await redis.client.hset(PARTS, odd);
    let number = Number(await redis.client.hget(PARTS, 'number'));
    for (const field of [...Object.keys(odd), 'nowhere'])
      await redis.client.zadd(keys[1]!, (number += 1), field);
    await redis.client.hset(PARTS, 'x kind far', `${'9'.repeat(300)} 1 7`);
    await redis.client.zadd(keys[1]!, (number += 1), 'x kind far');
    const { updates } = await exchange.exchange([]);
    expect(updates.map(({ name }) => name)).toEqual(['good', 'far']);
    expect(updates[1]?.leftMs).toBe(MOST_HELD_MS);
  });

  test('a Redis that has forgotten everything has an instance read all that comes, and nothing old hides it', async () => {
    const [one, two] = [open('one'), open('two')];
    for (let turn = 0; turn < 5; turn += 1) await one.exchange([part('a')]);
    await two.exchange([]);
    await redis.client.flushall();
    await one.exchange([part('b')]);
    expect((await two.exchange([])).updates.map(({ name }) => name)).toEqual(['b']);
  });

  test('a copy that lacks the last seconds is read from its beginning, and is to be sent everything again', async () => {
    const [one, two] = [open('one'), open('two')];
    await one.exchange([part('a')]);
    const copy = await Promise.all(keys.map((key) => redis.client.dumpBuffer(key)));
    for (let turn = 0; turn < 5; turn += 1) await one.exchange([part('b')]);
    expect((await two.exchange([])).startsAnew).toBe(true);
    await redis.client.flushall();
    for (const [index, key] of keys.entries()) {
      await redis.client.restore(key, 0, copy[index]!);
    }
    const { updates, startsAnew } = await two.exchange([]);
    expect([updates.map(({ name }) => name), startsAnew]).toEqual([['a'], true]);
    expect((await two.exchange([])).startsAnew).toBe(false);
  });
});

describe.skipIf(!canStartRedis)('instances whose Redis goes away', () => {
  test('a Redis that hangs or is gone fails the exchange soon; back, it is read and told everything again', async () => {
    await using own = await createOwnRedis();
    using redis = await connectRedis(own.url);
    const [one, two] = [createRedisPartExchange(redis, 'one'), createRedisPartExchange(redis, 'two')];
    await one.exchange([part('a')]);
    expect((await two.exchange([])).updates).toHaveLength(1);

    own.pause();
    await expect(one.exchange([part('a')])).rejects.toThrow();
    own.resume();
    await expect.poll(() => redis.isUp(), { timeout: 10_000 }).toBe(true);
    const again = await two.exchange([]);
    expect([again.updates.length, again.startsAnew]).toEqual([1, true]);

    await own.kill();
    await expect(one.exchange([part('a')])).rejects.toThrow();
    await own.start();
    await expect.poll(() => redis.isUp(), { timeout: 10_000 }).toBe(true);
    expect(await one.exchange([part('a')])).toMatchObject({ updates: [], startsAnew: true });
    expect((await two.exchange([])).updates).toHaveLength(1);
  });
});
