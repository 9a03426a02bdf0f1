import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { route } from '../../support/graphql/route-call.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

const CALLS = 8;

describe.skipIf(inject('postgres') === null)('workers that share a port', () => {
  it('serve, are started again when one is killed, and stop in order', async () => {
    const { start } = await prepare();
    await using server = start(2);
    const url = await server.url();
    const [first, second] = await workersOf(server.pid);
    expect(await answersOf(url)).toEqual(answered([]));

    process.kill(second!, 'SIGKILL');
    await server.said('A worker has ended, and is started again.');
    expect(await answersOf(url)).toEqual(answered([]));
    await server.said('A worker serves again.');
    expect(await workersOf(server.pid)).toEqual([first, expect.any(Number)]);

    server.signal('SIGTERM');
    const { code, errors, output } = await server.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(output.at(-1)).toContain('Stopped.');
  });

  it('end when who keeps them is killed, and what they could not record is recorded by fewer', async () => {
    const { start, database, dataDir } = await prepare();
    const server = start(2);
    const url = await server.url();
    const workers = await workersOf(server.pid);
    await database.allowConnections(false);
    // At once, over connections of their own, which are handed out in turn.
    expect(await answersOf(url)).toEqual(answered(['DATABASE']));
    await server[Symbol.asyncDispose]();
    await expect.poll(() => workers.filter(isAlive)).toEqual([]);

    await database.allowConnections(true);
    await using one = start(1);
    await one.said('Records of a worker that is no more were taken over.');
    await expect
      .poll(() => statusesIn(database.url))
      .toEqual(Array.from({ length: CALLS }, () => 'SUCCEEDED'));
    expect(await readdir(join(dataDir, 'workers'))).toEqual([]);
  });
});

/** Servers as an operator runs them, on a database and a data directory of their own. */
async function prepare() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createPostgresDatabase());
  const { path: dataDir } = stack.use(await createDataDir('empty'));
  const owned = stack.move();
  onTestFinished(() => owned.disposeAsync());
  const environment = { DATABASE_URL: database.url, SWITCHYARD_DATA_DIR: dataDir };
  const start = (workers: number) =>
    startServerProcess({ ...environment, SWITCHYARD_WORKERS: String(workers) });
  return { database, dataDir, start };
}

/** What becomes of some calls that are made at once. */
async function answersOf(url: string): Promise<object[]> {
  const calls = Array.from({ length: CALLS }, () => route({ url }, { models: ['simulated/*'] }));
  return (await Promise.all(calls)).map(({ __typename, degraded }) => ({ __typename, degraded }));
}

function answered(degraded: readonly string[]): object[] {
  return Array.from({ length: CALLS }, () => ({ __typename: 'RouteSuccess', degraded }));
}

/** The processes that a process has started, the oldest first. */
async function workersOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function statusesIn(url: string): Promise<string[]> {
  await using database = await openDatabase({ url, dataDir: '', log: silentLog });
  const decisions = await database.prisma.routingDecision.findMany({ select: { status: true } });
  return decisions.map(({ status }) => status);
}
