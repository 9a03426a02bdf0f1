import { Redis } from 'ioredis';
import { openRedisLink, type RedisLink } from '../../../src/fleet/link.redis.ts';
import { DEFAULT_PREFIX } from '../../../src/fleet/keyspace.ts';
import type { Log } from '../../../src/system/log.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { silentLog } from '../logs/silent-log.ts';
import { until } from '../time/until.ts';

/** What a test may want otherwise. */
export interface LinkChanges {
  readonly log?: Log;
  readonly prefix?: string;
  /** Instances of one name are one installation, as all are where tests do not say otherwise. */
  readonly installation?: string;
}

/** The link of an instance, as the product makes it. */
export function openTestLink(url: string, changes: LinkChanges = {}): RedisLink {
  const { log = silentLog, prefix = DEFAULT_PREFIX, installation = 'the tests’' } = changes;
  const random = createNodeRandom(() => Date.now());
  return openRedisLink({ url, prefix, installation, log, random, timers: nodeTimers });
}

/** A link that is up, and a client by which the test does as it likes. */
export interface ConnectedRedis extends RedisLink {
  readonly client: Redis;
}

/** Connects both. */
export async function connectRedis(url: string, changes: LinkChanges = {}): Promise<ConnectedRedis> {
  const link = openTestLink(url, changes);
  const client = new Redis(url.split(',')[0] ?? '', { lazyConnect: true, retryStrategy: () => 100 });
  client.on('error', () => {});
  await until(() => link.isUp());
  return {
    ...link,
    client,
    [Symbol.dispose]() {
      client.disconnect();
      link[Symbol.dispose]();
    },
  };
}
