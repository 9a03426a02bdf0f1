import { Redis } from 'ioredis';
import type { Random } from '../system/random.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { connectOptions, type ServerFacts } from './connector.redis.ts';
import { createLocate } from './locate.redis.ts';
import type { RedisTarget } from './redis-url.ts';

/** How often a connection is asked whether Redis is still there, and still does what is asked of it. */
const BEAT_MS = 1000;

/** How long Redis may owe an answer. A server that is paused or cut off closes nothing: only silence tells. */
const SILENCE_MS = 1500;

const CONNECT_TIMEOUT_MS = 2000;

const BACK_OFF = { firstMs: 50, mostMs: 2000 } as const;

/** What a server answers that is no longer the one for our keys and channels. */
const ELSEWHERE = /^(READONLY|MASTERDOWN) /;

/** The same of a node of a cluster. A single server that says so is the wrong one, and stays it. */
const ELSEWHERE_IN_CLUSTER = /^(MOVED|READONLY|MASTERDOWN) /;

/**
 * A connection to the one server on which Switchyard's keys and channels are: the single one, the master that the
 * sentinels name, or the master of our slot in a cluster. It notices when it is lost, or when another server has taken
 * over, and comes back by itself, there. A server that follows another is left alone: nothing can be written to it.
 */
export interface RedisConnection extends Disposable {
  /** Commands that cannot be sent, or whose answer is lost, fail at once: none is queued or repeated. */
  readonly client: Redis;
  isUp(): boolean;
  /** How often it has come up: another server may have taken over each time, or the same one have forgotten all. */
  timesUp(): number;
  /** The server that it has found, as that names itself; undefined: it does not, or there is none. */
  serverId(): string | undefined;
  /** Looks for the server anew, because this one is not the right one any more. It is down from this moment on. */
  leave(reason: string): void;
}

export interface RedisConnectionOptions {
  readonly target: RedisTarget;
  /** How the keys and channels begin whose server is meant. */
  readonly keyspace: string;
  readonly timers: Timers;
  readonly random: Random;
  /** Commands can be sent: at the beginning, and again after each loss. */
  readonly onUp: () => void;
  /** The connection was lost, or an attempt to make one failed; `reason` is for logs and holds no secret. */
  readonly onDown: (reason: string) => void;
  /** The server has said that it is not the one for our keys any more; it is being left. */
  readonly onElsewhere?: () => void;
  /**
   * What is sent when the connection has come up and every BEAT_MS; absent: PING. No answer ends the connection; what
   * else it rejects with is its own to report.
   */
  readonly beat?: () => Promise<unknown>;
}

/** What is known of a connection at the moment. */
interface Life {
  closed: boolean;
  timesUp: number;
  /** How often in a row it has gone down without having done what is asked of it. */
  failures: number;
  serverId?: string | undefined;
  /** Why it is about to go down, where that is known. */
  reason?: string | undefined;
  /** Whether it is being closed, and was reported as down: until the server has closed it too, nothing else says so. */
  left: boolean;
}

/** Starts connecting and goes on until it is disposed of, ever more slowly while it fails. */
export function openRedis(options: RedisConnectionOptions): RedisConnection {
  const { target, timers, onUp, onDown, beat = () => client.ping() } = options;
  const life: Life = { closed: false, left: false, timesUp: 0, failures: 0 };
  const client = createClient(options, life, goDown);
  const isUp = (): boolean => !life.closed && !life.left && client.status === 'ready';
  // The message alone: the error's other fields repeat the command that failed, which may be the password's.
  client.on('error', (error: Error) => void (life.reason = error.message));
  client.on('close', () => {
    life.failures += 1;
    if (!life.closed && !life.left) onDown(life.reason ?? 'the connection was closed');
    life.left = false;
    life.reason = undefined;
  });
  // Our channels are another node's now.
  if (target.kind !== 'single') client.on('moved', () => leave('its channels have moved'));
  client.on('ready', () => {
    life.timesUp += 1;
    if (!isUp()) return;
    onUp();
    sendBeat();
  });

  function sendBeat(): void {
    if (!isUp()) return;
    beat().then(
      () => void (life.failures = 0),
      // No answer closes the connection, and that is what is reported.
      () => {},
    );
  }
  const beating = repeat(timers, BEAT_MS, async () => sendBeat());

  function goDown(reason: string): void {
    if (!isUp()) return void (life.reason = reason);
    life.left = true;
    onDown(reason);
  }

  function leave(reason: string): void {
    if (!isUp()) return;
    goDown(reason);
    client.disconnect(true);
  }

  return {
    client,
    isUp,
    timesUp: () => life.timesUp,
    serverId: () => (isUp() ? life.serverId : undefined),
    leave,
    [Symbol.dispose]() {
      life.closed = true;
      void beating[Symbol.asyncDispose]();
      client.disconnect();
    },
  };
}

/** `goDown` is told why the client is about to leave its server by itself. */
function createClient(options: RedisConnectionOptions, life: Life, goDown: (reason: string) => void): Redis {
  const { target, keyspace, random, onElsewhere = () => {} } = options;
  const elsewhere = target.kind === 'single' ? ELSEWHERE : ELSEWHERE_IN_CLUSTER;
  function accepts({ role, run_id: serverId }: ServerFacts): boolean {
    life.serverId = serverId;
    if (role === undefined || role === 'master') return true;
    life.reason = 'the server that was found follows another one';
    return false;
  }
  return new Redis({
    ...target.credentials,
    db: target.kind === 'cluster' ? 0 : target.database,
    ...connectOptions({ locate: createLocate(target, keyspace), tls: target.tls, accepts }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => backOffMs(life.failures, random.next()),
    reconnectOnError({ message }) {
      if (!elsewhere.test(message)) return false;
      goDown(message);
      onElsewhere();
      return true;
    },
  });
}

/** Doubles with each failure up to a limit; instances that lost Redis together do not come back together. */
function backOffMs(failures: number, random: number): number {
  const delayMs = Math.min(BACK_OFF.mostMs, BACK_OFF.firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 10));
  return delayMs * (0.5 + random / 2);
}
