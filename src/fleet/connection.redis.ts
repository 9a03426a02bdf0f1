import { Redis } from 'ioredis';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { connectOptions } from './connector.redis.ts';
import { createLocate } from './locate.redis.ts';
import { parseRedisUrl, redisUrlIssues, type RedisTarget } from './redis-url.ts';

/** How often a connection is asked whether Redis is still there. */
const PING_INTERVAL_MS = 1000;

/** How long Redis may owe an answer. A server that is paused or cut off closes nothing: only silence tells. */
const SILENCE_MS = 1500;

const CONNECT_TIMEOUT_MS = 2000;

const BACK_OFF = { firstMs: 50, mostMs: 2000 } as const;

/** What a server answers that is no longer the one for our keys and channels. */
const ELSEWHERE = /^(MOVED|READONLY) /;

/**
 * A connection to the one server on which Switchyard's keys and channels are: the single one, the master that the
 * sentinels name, or the master of our slot in a cluster. It notices when it is lost, or when another server has taken
 * over, and comes back by itself, there.
 */
export interface RedisConnection extends Disposable {
  /** Commands that cannot be sent, or whose answer is lost, fail at once: none is queued or repeated. */
  readonly client: Redis;
  isUp(): boolean;
  /** How often it has come up: another server may have taken over each time, or the same one have forgotten all. */
  timesUp(): number;
}

export interface RedisConnectionOptions {
  /** As `parseRedisUrl` reads it; throws when it does not. */
  readonly url: string;
  readonly timers: Timers;
  readonly random: Random;
  /** Commands can be sent: at the beginning, and again after each loss. */
  readonly onUp: () => void;
  /** The connection was lost, or an attempt to make one failed; `reason` is for logs and holds no secret. */
  readonly onDown: (reason: string) => void;
}

/** Starts connecting and goes on until it is disposed of, ever more slowly while it fails. */
export function openRedis({ url, timers, random, onUp, onDown }: RedisConnectionOptions): RedisConnection {
  let closed = false;
  let timesUp = 0;
  let reason: string | undefined;
  const target = readTarget(url);
  const client = new Redis({
    ...clientOptions(target),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => backOffMs(times, random.next()),
  });
  // The message alone: the error's other fields repeat the command that failed, which may be the password's.
  client.on('error', (error: Error) => void (reason = error.message));
  client.on('close', () => {
    if (!closed) onDown(reason ?? 'the connection was closed');
    reason = undefined;
  });
  // Our channels are another node's now. (A single server that says so is the wrong one, and stays it.)
  if (target.kind !== 'single') client.on('moved', () => client.disconnect(true));
  client.on('ready', () => {
    timesUp += 1;
    if (isUp()) onUp();
  });

  function isUp(): boolean {
    return !closed && client.status === 'ready';
  }

  let timer = timers.after(PING_INTERVAL_MS, ping);
  function ping(): void {
    // No answer closes the connection, and that is what is reported.
    if (isUp()) client.ping().catch(() => {});
    timer = timers.after(PING_INTERVAL_MS, ping);
  }

  return {
    client,
    isUp,
    timesUp: () => timesUp,
    [Symbol.dispose]() {
      closed = true;
      timer[Symbol.dispose]();
      client.disconnect();
    },
  };
}

function readTarget(url: string): RedisTarget {
  const parsed = parseRedisUrl(url);
  if ('issue' in parsed) throw new Error(`This is no Redis URL: ${redisUrlIssues[parsed.issue]}.`);
  return parsed.target;
}

function clientOptions(target: RedisTarget) {
  const { tls, credentials } = target;
  if (target.kind === 'single') {
    const locate = () => Promise.resolve(target.address);
    return {
      ...{ ...credentials, db: target.database },
      ...connectOptions({ locate, tls, masterOnly: false }),
    };
  }
  return {
    ...{ ...credentials, db: target.kind === 'sentinel' ? target.database : 0 },
    ...connectOptions({ locate: createLocate(target), tls, masterOnly: true }),
    reconnectOnError: ({ message }: Error) => ELSEWHERE.test(message),
  };
}

/** Doubles with each failure up to a limit; instances that lost Redis together do not come back together. */
function backOffMs(failures: number, random: number): number {
  const delayMs = Math.min(BACK_OFF.mostMs, BACK_OFF.firstMs * 2 ** Math.min(failures - 1, 10));
  return delayMs * (0.5 + random / 2);
}
