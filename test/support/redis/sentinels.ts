import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createOwnRedis, redisBinary, type OwnRedis } from './own-redis.ts';
import { answersRedis, freePort, type Service } from '../run/services.ts';
import { until } from '../time/until.ts';

/** A master with one replica, and three sentinels that put the replica in its place when two of them miss it. */
export interface SentinelGroup extends AsyncDisposable {
  /** Names the sentinels; the user `switchyard` has the password `hunter2` with the servers, `s3cret` with sentinels. */
  readonly url: string;
  readonly first: OwnRedis;
  readonly second: OwnRedis;
}

const masterName = 'main';

/** So long a server may be silent until a sentinel misses it. */
const DOWN_AFTER_MS = 500;

/** Starts one of this test's own. */
export async function createSentinelGroup(): Promise<SentinelGroup> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-sentinels-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  // A master writes its data to a file for its replica.
  const args = [
    '--dir',
    directory,
    '--repl-diskless-sync-delay',
    '0',
    '--user',
    'switchyard',
    'on',
    '>hunter2',
    '~*',
    '&*',
    '+@all',
  ];
  const first = stack.use(await createOwnRedis({ args }));
  const second = stack.use(
    await createOwnRedis({ args: [...args, '--replicaof', '127.0.0.1', String(first.port)] }),
  );
  await until(async () => (await tell(second.port, 'INFO', 'replication')).includes('master_link_status:up'));
  const sentinels: Service[] = [];
  for (const name of ['a', 'b', 'c'])
    sentinels.push(stack.use(await startSentinel(join(directory, name), first.port)));
  const ports = sentinels.map(({ url }) => Number(url));
  await until(async () => {
    const answers = await Promise.all(ports.map((port) => tell(port, 'SENTINEL', 'MASTER', masterName)));
    // Each knows the replica and the two others, so that it can do what it is for.
    return answers.every((text) => /num-slaves,1,num-other-sentinels,2,/.test(text));
  });
  const owned = stack.move();
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join();
  const query = 'sentinelUsername=switchyard&sentinelPassword=s3cret';
  return {
    ...{ first, second, url: `redis+sentinel://switchyard:hunter2@${hosts}/${masterName}?${query}` },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A sentinel's "URL" is its port. */
async function startSentinel(file: string, masterPort: number): Promise<Service> {
  const port = await freePort();
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    'user switchyard on >s3cret -@all +@connection +sentinel|get-master-addr-by-name',
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${masterName} 2000`,
  ];
  await writeFile(file, settings.join('\n'));
  const process = spawn(redisBinary!, [file, '--sentinel'], { stdio: 'ignore' });
  const ended = once(process, 'exit');
  await until(() => answersRedis(port));
  return {
    url: String(port),
    async [Symbol.asyncDispose]() {
      process.kill('SIGKILL');
      await ended;
    },
  };
}

/** What a server answers to one command, as text. */
async function tell(port: number, ...[command, ...args]: readonly [string, ...string[]]): Promise<string> {
  using stack = new DisposableStack();
  const client = stack.adopt(new Redis({ port, protocol: 2, enableReadyCheck: false }), (redis) =>
    redis.disconnect(),
  );
  return String(await client.call(command, ...args));
}
