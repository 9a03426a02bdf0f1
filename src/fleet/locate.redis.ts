import type { Redis } from 'ioredis';
import { askServer } from './ask-server.redis.ts';
import type { Whereabouts } from './connector.redis.ts';
import type { RedisAddress, RedisTarget } from './redis-url.ts';

/** One that must be looked for: the master of a sentinel's group, or the master of our slot in a cluster. */
type MovingTarget = Exclude<RedisTarget, { kind: 'single' }>;

/**
 * Finds the server on which our keys and channels are now: the one that is named, or else asks those that the target
 * names, one after the other until one knows, and begins each time with the next: one that is behind the times cannot
 * mislead for ever.
 */
export function createLocate(target: RedisTarget, keyspace: string): Whereabouts['locate'] {
  if (target.kind === 'single') return () => Promise.resolve(target.address);
  const { guides, credentials, ask } = guidance(target, keyspace);
  let begin = 0;
  return async () => {
    begin += 1;
    let reason = '';
    for (let index = 0; index < guides.length; index += 1) {
      const guide = guides[(begin + index) % guides.length] as RedisAddress;
      try {
        return await askServer(guide, { tls: target.tls, credentials }, (client) => ask(client, guide));
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    throw new Error(
      `No ${target.kind === 'sentinel' ? 'sentinel' : 'node of the cluster'} knows it: ${reason}`,
    );
  };
}

/** Learns from a server where another is. */
type Ask = (client: Redis, guide: RedisAddress) => Promise<RedisAddress>;

function guidance(target: MovingTarget, keyspace: string) {
  return target.kind === 'sentinel'
    ? {
        guides: target.sentinels,
        credentials: target.sentinelCredentials,
        ask: askSentinel(target.masterName),
      }
    : { guides: target.nodes, credentials: target.credentials, ask: askNode(keyspace) };
}

function askSentinel(masterName: string): Ask {
  return async (client) => {
    const found = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)) as
      [string, string] | null;
    if (found === null) throw new Error('this sentinel does not know a master of that name');
    return { host: found[0], port: Number(found[1]) };
  };
}

function askNode(keyspace: string): Ask {
  return async (client, guide) => {
    const slot = await client.cluster('KEYSLOT', keyspace);
    const ranges = await client.cluster('SLOTS');
    // The first node of a range of slots is its master.
    const [, , master] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? [];
    if (master === undefined) throw new Error('no node has the slot of our keys');
    const [host, port]: readonly [host: string | null, port: number, ...unknown[]] = master;
    // A node that was told no name of its own leaves it to whoever has reached it.
    return { host: host === null || host === '' || host === '?' ? guide.host : host, port };
  };
}
