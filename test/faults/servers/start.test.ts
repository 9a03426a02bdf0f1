import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, vi } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../../src/audit/entry.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { adminKey, fieldOf, send } from '../../support/graphql/client.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { startServerProcess, type Ended, type ServerProcess } from '../../support/servers/server-process.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 60_000 });

/** What the admin sees of himself: whose key it is, and with which roles. */
async function viewerOn(server: ServerProcess, key = adminKey): Promise<unknown> {
  return fieldOf(await send(await server.url(), key, '{ viewer { tenant { slug } roles } }'), 'viewer');
}

const theAdmin = { tenant: { slug: 'default' }, roles: ['ADMIN'] };

/** The one line that says why a process did not start. */
function reasonOf({ output, errors }: Ended): unknown {
  expect(errors).toEqual([]);
  const lines = output.map((line) => JSON.parse(line) as { level: number; msg: string });
  const [reason, ...others] = lines.filter(({ level }) => level >= 40);
  expect(others).toEqual([]);
  expect(Object.keys(reason!).sort()).toEqual(['level', 'msg', 'time']);
  return reason!.msg;
}

describe.skipIf(inject('postgres') === null)('two servers that start together on a new database', () => {
  it('both serve, on one schema, one tenant, one catalog and one admin key', async () => {
    await using database = await createPostgresDatabase('empty');
    await using dataDir = await createDataDir('empty');
    await using otherDir = await createDataDir('empty');
    // Without a configured key each of them would make one.
    const environment = { DATABASE_URL: database.url, SWITCHYARD_ADMIN_KEY: undefined };
    await using one = startServerProcess({ ...environment, SWITCHYARD_DATA_DIR: dataDir.path });
    await using two = startServerProcess({ ...environment, SWITCHYARD_DATA_DIR: otherDir.path });
    await Promise.all([one.url(), two.url()]);

    const keys = [one, two].flatMap(({ output }) => output.filter((line) => /^ +swy_/.test(line)));
    expect(keys).toHaveLength(1);
    const key = keys[0]!.trim();
    expect(await viewerOn(one, key)).toEqual(theAdmin);
    expect(await viewerOn(two, key)).toEqual(theAdmin);
    const applied = [one, two].map(({ output }) =>
      output.some((line) => line.includes('migrations applied')),
    );
    expect(applied.sort()).toEqual([false, true]);

    const at = { url: database.url, dataDir: dataDir.path, log: silentLog };
    await using opened = await openDatabase(at);
    expect(await opened.prisma.tenant.findMany({ select: { slug: true } })).toEqual([{ slug: 'default' }]);
    expect(await opened.prisma.apiKey.count()).toBe(1);
    const changes = await opened.prisma.auditEntry.findMany({
      where: { tenantId: PLATFORM_TENANT_ID },
      select: { type: true },
    });
    expect(changes.map(({ type }) => type).sort()).toEqual(['catalog.changed', 'tenant.created']);
  });
});

describe('a server that cannot start', () => {
  it('leaves a data directory to the process that serves from it, and names that process', async () => {
    await using dataDir = await createDataDir();
    const environment = { SWITCHYARD_DATA_DIR: dataDir.path };
    await using first = startServerProcess(environment);
    await first.url();
    await using second = startServerProcess(environment);
    const ended = await second.ended;
    expect(ended.code).toBe(1);
    expect(reasonOf(ended)).toBe(
      `Switchyard cannot start. ${dataDir.path}/postgres is in use by process ${first.pid}; a data directory serves one process at a time.`,
    );
    expect(await viewerOn(first)).toEqual(theAdmin);
  });

  it('names the port that is in use, and gives its data directory back', async () => {
    await using dataDir = await createDataDir();
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const environment = { SWITCHYARD_DATA_DIR: dataDir.path };
    await using refused = startServerProcess({ ...environment, PORT: port });
    const ended = await refused.ended;
    expect(ended.code).toBe(1);
    expect(reasonOf(ended)).toBe(
      `Switchyard cannot start. Port ${port} of 127.0.0.1 is in use; choose another one by PORT.`,
    );
    await using next = startServerProcess(environment);
    expect(await viewerOn(next)).toEqual(theAdmin);
  });

  it('names every fault of its environment and exits with 2 before it touches anything', async () => {
    await using dataDir = await createDataDir('empty');
    await using server = startServerProcess({
      SWITCHYARD_DATA_DIR: join(dataDir.path, 'new'),
      PORT: 'banana',
      DATABASE_URL: 'mysql://user:secret@db/x',
      SWITCHYARD_ADMIN_KEY: 'secret',
      SWITCHYARD_LOGLEVEL: 'debug',
    });
    expect(await server.ended).toEqual({
      code: 2,
      output: [],
      errors: [
        'The environment is not sound; nothing was started.',
        '- SWITCHYARD_LOGLEVEL is not a variable of this release; did you mean SWITCHYARD_LOG_LEVEL?',
        '- PORT must be a whole number from 0 to 65535, not "banana"',
        '- DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
        '- SWITCHYARD_ADMIN_KEY must be at least 16 printable ASCII characters without spaces',
      ],
    });
    expect(await readdir(dataDir.path)).toEqual([]);
  });

  it('names every fault of its catalog file by its place', async () => {
    await using dataDir = await createDataDir();
    const path = join(dataDir.path, 'catalog.json');
    await writeFile(path, '{ "providers": [{ "slug": "x y", "adapter": "nobody", "models": [] }] }');
    await using server = startServerProcess({ SWITCHYARD_DATA_DIR: dataDir.path, SWITCHYARD_CATALOG: path });
    const ended = await server.ended;
    expect(ended.code).toBe(1);
    expect(reasonOf(ended)).toMatch(
      /^Switchyard cannot start. The catalog is not sound: providers\.0\.slug: .+; providers\.0\.adapter: .+\.$/,
    );
  });

  it('names the database that does not answer, and the catalog file that is not there', async () => {
    await using dataDir = await createDataDir();
    const environment = { SWITCHYARD_DATA_DIR: dataDir.path };
    await using away = startServerProcess({
      ...environment,
      DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x',
    });
    await using lost = startServerProcess({ ...environment, SWITCHYARD_CATALOG: '/nowhere/catalog.yaml' });
    expect(reasonOf(await away.ended)).toBe(
      'Switchyard cannot start. The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1.',
    );
    expect(reasonOf(await lost.ended)).toBe(
      "Switchyard cannot start. The catalog file cannot be read: ENOENT: no such file or directory, open '/nowhere/catalog.yaml'.",
    );
  });

  it('says which Node it needs', async () => {
    const older =
      'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "22.19.0" })';
    await using server = startServerProcess({}, ['--import', older]);
    const { code, output, errors } = await server.ended;
    expect({ code, output }).toEqual({ code: 1, output: [] });
    expect(errors.join()).toMatch(/^Switchyard needs Node 24 or newer; this is v[\d.]+\.$/);
  });

  it.each(['switchyard.js', 'examples/dashboard.js'])(
    'says it in %s before any TypeScript is read',
    (file) => {
      // What Node 20 makes of a TypeScript file, whichever Node runs the tests.
      const blind = `data:text/javascript,import { registerHooks } from "node:module";
      Object.defineProperty(process.versions, "node", { value: "20.20.2" });
      registerHooks({ load(url, context, next) { if (url.endsWith(".ts")) throw new Error("unreadable"); return next(url, context); } });`;
      const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', blind, path], {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^Switchyard needs Node 24 or newer; this is v[\d.]+\. After "npm ci", .+\n$/);
    },
  );
});
