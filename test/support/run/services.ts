import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A server for tests: where it is, and how to end what was started for it. */
export interface Service extends AsyncDisposable {
  readonly url: string;
}

/** Postgres as configured, else on its standard port, else started from the machine's binaries; null: none. */
export async function findPostgres(env: NodeJS.ProcessEnv): Promise<Service | null> {
  const configured = env['TEST_DATABASE_URL'];
  if (configured !== undefined) return lent(configured);
  const standard = 'postgres://postgres@localhost:5432/postgres';
  if (await answersPostgres(standard)) return lent(standard);
  return startPostgres(env);
}

/** Redis as configured, else on its standard port, else started from the machine's binaries; null: none. */
export async function findRedis(env: NodeJS.ProcessEnv): Promise<Service | null> {
  const configured = env['TEST_REDIS_URL'];
  if (configured !== undefined) return lent(configured);
  if (await answersRedis(6379)) return lent('redis://localhost:6379');
  return startRedis(env);
}

function lent(url: string): Service {
  return { url, [Symbol.asyncDispose]: async () => {} };
}

async function startPostgres(env: NodeJS.ProcessEnv): Promise<Service | null> {
  const initdb = findBinary('initdb', env);
  const postgres = findBinary('postgres', env);
  if (initdb === null || postgres === null) return null;
  const port = await freePort();
  const root = await mkdtemp(join(tmpdir(), 'switchyard-postgres-'));
  const data = join(root, 'data');
  const user = serverUser(root);
  initialize(asUser(user, initdb, initdbArguments(data)));
  const settings = [`port=${port}`, `unix_socket_directories=${root}`, 'fsync=off', 'max_connections=300'];
  const flags = settings.flatMap((setting) => ['-c', setting]);
  const url = `postgres://postgres@localhost:${port}/postgres`;
  // SIGINT: a fast shutdown, which does not wait for clients.
  const server = await run(asUser(user, postgres, ['-D', data, ...flags]), 'SIGINT', () =>
    answersPostgres(url),
  );
  return {
    url,
    [Symbol.asyncDispose]: () => server().then(() => rm(root, { recursive: true, force: true })),
  };
}

/** What a cluster for tests is made with. */
export function initdbArguments(data: string): string[] {
  return ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
}

/** Makes a cluster, new or as a copy. */
export function initialize(command: Command): void {
  const made = spawnSync(...command);
  if (made.status !== 0) throw new Error(`${command.join(' ')} failed: ${made.stderr.toString()}`);
}

async function startRedis(env: NodeJS.ProcessEnv): Promise<Service | null> {
  const binary = findBinary('redis-server', env) ?? findBinary('valkey-server', env);
  if (binary === null) return null;
  const port = await freePort();
  const args = ['--port', String(port), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'];
  const server = await run([binary, args], 'SIGTERM', () => answersRedis(port));
  return { url: `redis://localhost:${port}`, [Symbol.asyncDispose]: server };
}

/** A program and its arguments. */
export type Command = [file: string, args: string[]];

/** Postgres refuses to run as root: an unprivileged user does it then. */
export function serverUser(directory: string): string | null {
  if (userInfo().uid !== 0) return null;
  const id = spawnSync('id', ['-u', 'postgres']);
  if (id.status !== 0)
    throw new Error('Postgres does not run as root; create an operating-system user "postgres"');
  const uid = Number(id.stdout.toString());
  chownSync(directory, uid, -1);
  return 'postgres';
}

/** The command that runs a program as another user, or as this one. */
export function asUser(user: string | null, file: string, args: string[]): Command {
  return user === null
    ? [file, args]
    : ['setpriv', [`--reuid=${user}`, '--clear-groups', '--', file, ...args]];
}

/** Starts a server and waits until it answers; returns how to end it. */
async function run(
  [file, args]: Command,
  signal: NodeJS.Signals,
  answers: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  const server = spawn(file, args, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const stop = async () => {
    server.kill(signal);
    await ended;
  };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`${file} ended with code ${server.exitCode}`);
    if (await answers()) return stop;
    await delay(100);
  }
  await stop();
  throw new Error(`${file} did not answer within ten seconds`);
}

/** Whether a Postgres takes new sessions. */
export async function answersPostgres(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** Whether a Redis on this port of the machine answers. */
export async function answersRedis(port: number): Promise<boolean> {
  const socket = new Socket().setTimeout(1_000, () => socket.destroy(new Error('no answer')));
  try {
    socket.connect(port, 'localhost').write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString().startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A program's file, on the PATH or where Debian keeps the servers that it leaves off the PATH; null: none. */
export function findBinary(name: string, env: NodeJS.ProcessEnv): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(env['PATH'] ?? '').split(delimiter),
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, 1);
    return true;
  } catch {
    return false;
  }
}

/**
 * A port of this machine that nobody uses at the moment: none of those that the system gives out itself, so that
 * nobody gets it while the server that it is for has not started yet, or is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const isFree = new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!(await isFree)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
