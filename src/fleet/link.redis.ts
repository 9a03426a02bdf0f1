import type { Redis } from 'ioredis';
import type { Log } from '../system/log.ts';
import { createOutage } from '../system/outage.ts';
import type { Random } from '../system/random.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { sendBeat } from './beat.redis.ts';
import type { RedisConnection, RedisConnectionOptions } from './connection.redis.ts';
import { createConnections } from './connections.redis.ts';
import { keyspaceOf } from './keyspace.ts';
import { createLinkState, type LinkState, type LinkUse } from './link-state.service.ts';
import { parseRedisUrl, redisUrlIssues, type RedisTarget } from './redis-url.ts';

/** How often it is asked where new connections lead to. */
const LOOK_MS = 2000;

/** All that an instance has to do with Redis. */
export interface RedisLink extends Disposable {
  /** How this installation's keys and channels begin. */
  readonly keyspace: string;
  /** Whether everything works that it is used for. */
  readonly state: LinkState;
  /** Makes a connection of its own to the same server; whoever opens it disposes of it before the link. */
  open(hooks: Pick<RedisConnectionOptions, 'onUp' | 'onDown'>): RedisConnection;
  /** Runs a command, and reports whether that works. Rejects when it does not, or there is no connection. */
  run<T>(use: LinkUse, command: (client: Redis) => Promise<T>): Promise<T>;
  isUp(): boolean;
  /** How often the connection that runs commands has come up. */
  timesUp(): number;
}

export interface RedisLinkOptions {
  /** As `parseRedisUrl` reads it; throws when it does not. */
  readonly url: string;
  /** What keeps installations apart that share a Redis. */
  readonly prefix: string;
  /** This installation's own name, by which another one with the same prefix is noticed. */
  readonly installation: string;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Connects, and follows the server that has our keys wherever it goes. Each beat writes: a server that answers and
 * takes nothing (a replica, one that is full or cannot save) is as good as none. And every LOOK_MS a new connection
 * is made only to see whether it leads to the server of the old ones: behind one address there may be another by now,
 * to which new instances connect, and the old one never says so.
 */
export function openRedisLink(options: RedisLinkOptions): RedisLink {
  const { timers, log, installation } = options;
  const target = readTarget(options.url);
  const keyspace = keyspaceOf(options.prefix);
  const state = createLinkState(log);
  const meet = createNeighbourWatch(options);
  const connections = createConnections({ ...options, target, keyspace });

  async function run<T>(use: LinkUse, command: (client: Redis) => Promise<T>): Promise<T> {
    const timesUp = commands.timesUp();
    // Of a connection that was lost or left meanwhile its end is what is reported.
    const counts = (): boolean => commands.isUp() && commands.timesUp() === timesUp;
    try {
      const result = await command(commands.client);
      if (counts()) state.mend(use);
      return result;
    } catch (error) {
      if (counts()) state.fail(use, (error as Error).message);
      throw error;
    }
  }

  const commands = connections.open({
    onUp() {
      // What a server refused, another may grant.
      state.mend('publish');
      state.mend('replicate');
    },
    onDown: (reason) => state.fail('write', reason),
    beat: async () => meet(await run('write', (client) => sendBeat(client, keyspace, installation))),
  });
  const looking = repeat(timers, LOOK_MS, () => connections.follow());

  return {
    ...{ keyspace, state, run, open: connections.open },
    isUp: () => commands.isUp(),
    timesUp: () => commands.timesUp(),
    [Symbol.dispose]() {
      void looking[Symbol.asyncDispose]();
      commands[Symbol.dispose]();
    },
  };
}

/** Tells the log of other installations that use the same keys, when they are met and when they have gone. */
function createNeighbourWatch({ prefix, log }: RedisLinkOptions): (others: readonly string[]) => void {
  const outage = createOutage(log, {
    begun:
      'Another installation, with a database of its own, uses this Redis with the same prefix: each takes the other’s events, quotas and pauses for its own. Give one of them another SWITCHYARD_REDIS_PREFIX.',
    ended: 'No other installation uses this Redis with the same prefix any more.',
  });
  return (others) => {
    if (others.length > 0) outage.begin({ prefix, others });
    else outage.end();
  };
}

function readTarget(url: string): RedisTarget {
  const parsed = parseRedisUrl(url);
  if ('issue' in parsed) throw new Error(`This is no Redis URL: ${redisUrlIssues[parsed.issue]}.`);
  return parsed.target;
}
