import { openRedis, type RedisConnection } from '../../../src/fleet/connection.redis.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';

/** A connection of the product's own kind, when it is up. */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const up = Promise.withResolvers<void>();
  const connection = openRedis({
    ...{ url, timers: nodeTimers, random: createNodeRandom(() => Date.now()) },
    onUp: () => up.resolve(),
    onDown: () => {},
  });
  await up.promise;
  return connection;
}
