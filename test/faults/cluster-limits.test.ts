import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { openRedis, type RedisConnection } from '../../src/fleet/connection.redis.ts';
import { createRedisProviderLimitExchange } from '../../src/limits/provider-limit-exchange.redis.ts';
import { createRedisQuotaExchange } from '../../src/limits/quota-exchange.redis.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { canStartRedis } from '../support/redis/own-redis.ts';
import { createRedisCluster } from '../support/redis/cluster.ts';

describe.skipIf(!canStartRedis)('instances that share a Redis cluster', () => {
  test('tell each other of all callers in one call, and of providers, until their node is killed and after', async () => {
    await using cluster = await createRedisCluster();
    using one = await connect(cluster.url);
    using two = await connect(cluster.url);
    const quotas = [one, two].map((redis) => createRedisQuotaExchange(redis, randomUUID()));
    const callers = Array.from({ length: 20 }, () => randomUUID());
    const uses = new Map(callers.map((id) => [id, [{ leftMs: 60_000, requests: 1, tokens: 5 }]]));
    const exchange = async () => {
      await quotas[0]!.exchange(uses);
      const told = await quotas[1]!.exchange(new Map(callers.map((id) => [id, []])));
      return callers.map((id) => told.get(id)?.length);
    };
    expect(await exchange()).toEqual(callers.map(() => 1));
    const providers = createRedisProviderLimitExchange(one, randomUUID());
    expect(await providers.exchange({ providers: [], models: [], hardDowns: [], lifts: [] })).toEqual([]);

    const owner = await cluster.owner();
    await owner.kill();
    await expect(quotas[0]!.exchange(uses)).rejects.toThrow();
    await owner.start();
    await cluster.whole();
    await expect.poll(() => one.isUp() && two.isUp(), { timeout: 10_000 }).toBe(true);
    expect(await exchange()).toEqual(callers.map(() => 1));
  });

  test('need no more rights than the operations guide names', async () => {
    await using cluster = await createRedisCluster();
    const keys = ['+eval', '+time', '+hgetall', '+hset', '+hdel', '+pttl', '+pexpire', 'resetkeys'];
    const rules = ['on', '>hunter2', '-@all', '+@connection', '+info', ...keys, '~switchyard:*'];
    for (const url of cluster.url.split(',')) {
      const node = new Redis(url);
      await node.acl('SETUSER', 'switchyard', ...rules, '+cluster|keyslot', '+cluster|slots');
      node.disconnect();
    }
    using redis = await connect(cluster.url.replace('//', '//switchyard:hunter2@'));
    const [told, heard] = [1, 2].map(() => createRedisQuotaExchange(redis, randomUUID()));
    const [id, use] = [randomUUID(), { leftMs: 60_000, requests: 1, tokens: 5 }];
    await told!.exchange(new Map([[id, [use]]]));
    expect((await heard!.exchange(new Map([[id, [use]]]))).get(id)).toHaveLength(1);
    const models = [{ key: 'a/b', coolingMs: 60_000, backOffMs: 0, requests: null, tokens: null }];
    const limits = { providers: [], models, hardDowns: [], lifts: [] };
    const providers = [1, 2].map(() => createRedisProviderLimitExchange(redis, randomUUID()));
    await providers[0]!.exchange(limits);
    expect(await providers[1]!.exchange(limits)).toHaveLength(1);
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
