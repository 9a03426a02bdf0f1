import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { answersRedis, findBinary, freePort } from '../run/services.ts';

/** A Redis that belongs to one test, which may do to it what happens to servers. */
export interface OwnRedis extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Brings it back after `kill`, empty, on the same port. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops the process without closing anything: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** The program of the server, where this machine has one. */
export const redisBinary =
  findBinary('redis-server', process.env) ?? findBinary('valkey-server', process.env) ?? undefined;

/** Whether this machine can start one: guards the suites that need it. */
export const canStartRedis = redisBinary !== undefined;

/** How a test wants its server. */
export interface OwnRedisOptions {
  /** False: `start` is called later. */
  readonly started?: boolean;
  /** Further arguments of the program. */
  readonly args?: readonly string[];
}

/** Chooses a free port, and starts a server on it. */
export async function createOwnRedis(options: OwnRedisOptions = {}): Promise<OwnRedis> {
  const { started = true, args: more = [] } = options;
  const port = await freePort();
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (redisBinary === undefined) throw new Error('there is no redis-server on this machine');
    const args = ['--port', String(port), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'];
    // A copy for a replica, or of a master, never touches the disk and is not waited for.
    args.push('--repl-diskless-load', 'swapdb', '--repl-diskless-sync-delay', '0', ...more);
    for (let attempt = 0; attempt < 400; attempt += 1) {
      // It ends at once while somebody else has its port.
      if (!isRunning(server)) server = spawn(redisBinary, args, { stdio: 'ignore' });
      if ((await answersRedis(port)) && isRunning(server)) return;
      await delay(50);
    }
    throw new Error('redis-server did not answer within twenty seconds');
  }

  async function kill(): Promise<void> {
    if (!isRunning(server)) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  if (started) await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

function isRunning(server: ChildProcess | undefined): server is ChildProcess {
  return server !== undefined && server.exitCode === null && server.signalCode === null;
}
