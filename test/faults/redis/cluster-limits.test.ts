import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { createRedisPartExchange } from '../../../src/fleet/part-exchange.redis.ts';
import { connectRedis } from '../../support/redis/connect.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { createRedisCluster } from '../../support/redis/cluster.ts';

describe.skipIf(!canStartRedis)('instances that share a Redis cluster', () => {
  test('tell each other of everything in one call, until their node is killed and after', async () => {
    await using cluster = await createRedisCluster();
    using one = await connectRedis(cluster.url);
    using two = await connectRedis(cluster.url);
    const [teller, hearer] = [one, two].map((redis) => createRedisPartExchange(redis, randomUUID()));
    const parts = Array.from({ length: 20 }, () => {
      return { kind: 'quota', name: randomUUID(), row: [60_000, 1, 5], holdsMs: 60_000 };
    });
    const exchange = async () => {
      await teller!.exchange(parts);
      return (await hearer!.exchange([])).updates.map(({ name }) => name);
    };
    expect(await exchange()).toEqual(parts.map(({ name }) => name));

    const owner = await cluster.owner();
    await owner.kill();
    await expect(teller!.exchange(parts)).rejects.toThrow();
    await owner.start();
    await cluster.whole();
    await expect.poll(() => one.isUp() && two.isUp(), { timeout: 10_000 }).toBe(true);
    expect(await exchange()).toEqual(parts.map(({ name }) => name));
  });

  test('need no more rights than the operations guide names', async () => {
    await using cluster = await createRedisCluster();
    const commands = [
      '+eval',
      '+time',
      '+hget',
      '+hmget',
      '+hgetall',
      '+hset',
      '+hdel',
      '+zadd',
      '+zrem',
      '+zrange',
    ];
    const rules = ['on', '>hunter2', '-@all', '+@connection', '+info', ...commands, '+pttl', '+pexpire'];
    for (const url of cluster.url.split(',')) {
      const node = new Redis(url);
      const places = ['resetkeys', '~switchyard:*', '+cluster|keyslot', '+cluster|slots'];
      await node.acl('SETUSER', 'switchyard', ...rules, ...places);
      node.disconnect();
    }
    using redis = await connectRedis(cluster.url.replace('//', '//switchyard:hunter2@'));
    const [one, two] = [1, 2].map(() => createRedisPartExchange(redis, randomUUID()));
    const parts = ['a', 'b'].map((name) => ({
      kind: 'quota',
      name,
      row: [1],
      holdsMs: name === 'a' ? 1 : 60_000,
    }));
    await one!.exchange(parts);
    await expect.poll(async () => (await two!.exchange(parts)).updates.length).toBeLessThan(2);
    const number = await redis.run('write', (client) => client.hget('switchyard:{fleet}:parts', 'number'));
    expect(Number(number)).toBeGreaterThan(0);
  });
});
