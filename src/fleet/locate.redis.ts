import { Redis } from 'ioredis';
import { connectOptions, type Whereabouts } from './connector.redis.ts';
import type { RedisAddress, RedisCredentials, RedisTarget } from './redis-url.ts';
import { SHARED_PREFIX } from './keyspace.ts';

/** How long one server may take to be reached, and to say where another is. */
const ASK_TIMEOUT_MS = 1000;

/** One that must be looked for: the master of a sentinel's group, or the master of our slot in a cluster. */
export type MovingTarget = Exclude<RedisTarget, { kind: 'single' }>;

/**
 * Finds the server on which Switchyard's keys and channels are now: asks those that the target names, one after the other until one knows, and begins each time with the next:
 * one that is behind the times cannot mislead for ever.
 */
export function createLocate(target: MovingTarget): Whereabouts['locate'] {
  const { guides, credentials, ask } = guidance(target);
  let begin = 0;
  return async () => {
    begin += 1;
    let reason = '';
    for (let index = 0; index < guides.length; index += 1) {
      const guide = guides[(begin + index) % guides.length] as RedisAddress;
      try {
        return await askOne(guide, { tls: target.tls, credentials }, ask);
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

function guidance(target: MovingTarget) {
  return target.kind === 'sentinel'
    ? {
        guides: target.sentinels,
        credentials: target.sentinelCredentials,
        ask: askSentinel(target.masterName),
      }
    : { guides: target.nodes, credentials: target.credentials, ask: askNode };
}

function askSentinel(masterName: string): Ask {
  return async (client) => {
    const found = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)) as
      [string, string] | null;
    if (found === null) throw new Error('this sentinel does not know a master of that name');
    return { host: found[0], port: Number(found[1]) };
  };
}

async function askNode(client: Redis, guide: RedisAddress): Promise<RedisAddress> {
  const slot = await client.cluster('KEYSLOT', SHARED_PREFIX);
  const ranges = await client.cluster('SLOTS');
  // The first node of a range of slots is its master.
  const [, , master] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? [];
  if (master === undefined) throw new Error('no node has the slot of our keys');
  const [host, port]: readonly [host: string | null, port: number, ...unknown[]] = master;
  // A node that was told no name of its own leaves it to whoever has reached it.
  return { host: host === null || host === '' || host === '?' ? guide.host : host, port };
}

async function askOne(
  guide: RedisAddress,
  { tls, credentials }: { readonly tls: boolean; readonly credentials: RedisCredentials | null },
  ask: Ask,
): Promise<RedisAddress> {
  const client = new Redis({
    ...credentials,
    ...connectOptions({ tls, locate: () => Promise.resolve(guide), masterOnly: false }),
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: ASK_TIMEOUT_MS,
    commandTimeout: ASK_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: string | undefined;
  client.on('error', (error: Error) => void (reason = error.message));
  try {
    await client.connect();
    return await ask(client, guide);
  } catch (error) {
    // What the library throws here says only that the connection is closed.
    throw new Error(reason ?? (error as Error).message, { cause: error });
  } finally {
    client.disconnect();
  }
}
