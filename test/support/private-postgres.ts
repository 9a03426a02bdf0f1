import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
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
} from './services.ts';

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
  let server: ChildProcess | undefined;

  const signal = (name: NodeJS.Signals) => {
    if (server?.pid === undefined) return;
    // The parent first: it must not start others meanwhile.
    process.kill(server.pid, name);
    for (const pid of childrenOf(server.pid)) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // One whose client left may have ended by itself.
        if ((error as { code?: string }).code !== 'ESRCH') throw error;
      }
    }
  };
  async function end(send: () => void): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    send();
    await ended;
  }
  const kill = () => end(() => signal('SIGKILL'));
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
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill,
    // A fast shutdown, which does not wait for clients.
    stop: () => end(() => server?.kill('SIGINT')),
    start,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** By the fourth field of /proc/<pid>/stat (proc(5)). */
function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended between the listing and now.
    return null;
  }
}
