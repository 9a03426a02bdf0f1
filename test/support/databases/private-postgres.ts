import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  answersPostgres,
  asUser,
  findBinary,
  freePort,
  initdbArguments,
  initialize,
  serverUser,
  type Command,
} from '../run/services.ts';

/** A Postgres of one test's own, to be mistreated. It syncs what it commits, as a real one does. */
export interface PrivatePostgres extends AsyncDisposable {
  readonly url: string;
  /** Stops every one of its processes where it is: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Ends it as an operator would: what is under way is rolled back, and its sessions are told. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and data; resolves when it takes sessions. */
  start(): Promise<void>;
  /** Takes a copy of it while it runs, as a replica or a backup has one. */
  takeCopy(): void;
  /** Puts the copy in its place, as it was when it was taken: not while it runs. */
  putCopy(): Promise<void>;
}

/** Whether the machine has what `startPrivatePostgres` needs. */
export function hasPostgresBinaries(): boolean {
  return findBinary('initdb', process.env) !== null && findBinary('postgres', process.env) !== null;
}

/** Makes and starts one. */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  await using stack = new AsyncDisposableStack();
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => findBinary(name, process.env));
  if (initdb == null || postgres == null) throw new Error('There are no binaries of Postgres to start');
  const root = await mkdtemp(join(tmpdir(), 'switchyard-private-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const user = serverUser(root);
  const data = join(root, 'data');
  initialize(asUser(user, initdb, initdbArguments(data)));
  const port = await freePort();
  const settings = [`port=${port}`, `unix_socket_directories=${root}`].flatMap((setting) => ['-c', setting]);
  const command: Command = asUser(user, postgres, ['-D', data, ...settings]);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const copy = join(root, 'copy');
  let server: ChildProcess | undefined;

  /** Returns those that it was sent to. */
  const signal = (name: NodeJS.Signals): readonly number[] => {
    if (server?.pid === undefined) return [];
    // The parent first: it must not start others meanwhile. Stopped, whatever is to come: one that has ended has no
    // children any more.
    process.kill(server.pid, 'SIGSTOP');
    const pids = [...childrenOf(server.pid), server.pid];
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // One whose client left may have ended by itself.
        if ((error as { code?: string }).code !== 'ESRCH') throw error;
      }
    }
    return pids;
  };
  async function end(send: () => void): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    send();
    await ended;
  }
  /** A server does not start, and files are not removed, beside what is left of the one before. */
  async function kill(): Promise<void> {
    let pids: readonly number[] = [];
    await end(() => void (pids = signal('SIGKILL')));
    while (pids.some(isAlive)) await delay(10);
  }
  async function start(): Promise<void> {
    server = spawn(...command, { stdio: 'ignore' });
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (await answersPostgres(url)) return;
      await delay(100);
    }
    throw new Error('Postgres did not answer within thirty seconds');
  }
  stack.defer(kill);
  await start();
  const owned = stack.move();
  return {
    url,
    pause: () => void signal('SIGSTOP'),
    resume: () => void signal('SIGCONT'),
    kill,
    // A fast shutdown, which does not wait for clients.
    stop: () => end(() => server?.kill('SIGINT')),
    start,
    takeCopy() {
      const copier = findBinary('pg_basebackup', process.env);
      if (copier === null) throw new Error('There is no pg_basebackup');
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
      const how = ['-D', copy, '-X', 'stream', '-c', 'fast', '--no-sync'];
      initialize(asUser(user, copier, [...from, ...how]));
    },
    async putCopy() {
      await rm(data, { recursive: true, force: true });
      await rename(copy, data);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => statusOf(pid)?.parent === parent);
}

function isAlive(pid: number): boolean {
  const state = statusOf(pid)?.state;
  return state !== undefined && state !== 'Z';
}

/** By the third and fourth field of /proc/<pid>/stat (proc(5)); null: it has ended. */
function statusOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    // It ended between the listing and now.
    return null;
  }
}
