import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

import type { Database } from '../../src/storage/database.ts';
import { applyMigrations } from '../../src/storage/migrations.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createDataDir, createPostgresDatabase } from '../support/databases/fresh-databases.ts';
import type { Log } from '../../src/system/log.ts';
import { administer } from '../support/databases/administer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const migrationsDir = join(root, 'prisma/migrations');

/** A copy of the migrations that a test may change. */
async function copyMigrations(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'switchyard-migrations-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(migrationsDir, copy, { recursive: true });
  return copy;
}

async function addMigration(directory: string, name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

function recordingLog(): { readonly log: Log; readonly lines: { message: string; migrations: unknown }[] } {
  const lines: { message: string; migrations: unknown }[] = [];
  const info: Log['info'] = (message, fields) =>
    void lines.push({ message, migrations: fields?.['migrations'] });
  return { lines, log: { debug: () => {}, info, warn: () => {}, error: () => {} } };
}

/** A place to keep a database, where one was opened with the foundation, and can be opened again. */
const places = [
  {
    kind: 'embedded',
    skip: false,
    async prepare() {
      const dataDir = await createDataDir();
      onTestFinished(() => dataDir[Symbol.asyncDispose]());
      return { url: undefined, dataDir: dataDir.path };
    },
  },
  {
    kind: 'postgres',
    skip: inject('postgres') === null,
    async prepare() {
      const database = await createPostgresDatabase();
      onTestFinished(() => database[Symbol.asyncDispose]());
      return { url: database.url, dataDir: tmpdir() };
    },
  },
];

describe('the migrations', () => {
  it('make the database that schema.prisma describes', async () => {
    const { stdout } = await promisify(execFile)(
      join(root, 'node_modules/.bin/prisma'),
      [
        'migrate',
        'diff',
        '--from-migrations',
        'prisma/migrations',
        '--to-schema',
        'prisma/schema.prisma',
        '--exit-code',
      ],
      {
        cwd: root,
        env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'prisma/engine/schema-engine.ts') },
      },
    );
    expect(stdout.trim()).toBe('No difference detected.');
  }, 60_000);
});

describe.for(places.filter(({ skip }) => !skip))('applying migrations ($kind)', ({ prepare }) => {
  it('says that nothing was missing', async () => {
    const { log, lines } = recordingLog();
    await using _database = await openDatabase({ ...(await prepare()), log });
    expect(lines).toEqual([
      { message: 'the database is up to date; no migration was missing', migrations: undefined },
    ]);
  });

  it('applies what is missing, in order, and names it', async () => {
    const at = { ...(await prepare()), migrationsDir: await copyMigrations() };
    await addMigration(
      at.migrationsDir,
      '20990101000001_fill',
      'INSERT INTO later VALUES (1); INSERT INTO later VALUES (2);',
    );
    await addMigration(at.migrationsDir, '20990101000000_make', 'CREATE TABLE later (n INT);');
    const { log, lines } = recordingLog();
    await using database = await openDatabase({ ...at, log });
    expect(lines).toEqual([
      { message: 'migrations applied', migrations: ['20990101000000_make', '20990101000001_fill'] },
    ]);
    expect(await database.prisma.$queryRaw`SELECT n FROM later`).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('leaves the database as it was when a migration fails, so that a corrected one can follow', async () => {
    const at = { ...(await prepare()), migrationsDir: await copyMigrations(), log: recordingLog().log };
    await addMigration(
      at.migrationsDir,
      '20990101000000_bad',
      'CREATE TABLE later (n INT); SELECT nonsense;',
    );
    await expect(openDatabase(at)).rejects.toThrow('nonsense');
    await writeFile(
      join(at.migrationsDir, '20990101000000_bad', 'migration.sql'),
      'CREATE TABLE later (n INT);',
    );
    await using database = await openDatabase(at);
    expect(await database.prisma.$queryRaw`SELECT n FROM later`).toEqual([]);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    const at = { ...(await prepare()), migrationsDir: await copyMigrations(), log: recordingLog().log };
    await appendFile(join(at.migrationsDir, '20261122000000_foundation', 'migration.sql'), '\n-- a remark');
    await expect(openDatabase(at)).rejects.toThrow(
      'Migration 20261122000000_foundation was edited after it had been applied to this database.',
    );
  });

  it('refuses a database that is newer than this build', async () => {
    const newer = { ...(await prepare()), migrationsDir: await copyMigrations(), log: recordingLog().log };
    await addMigration(newer.migrationsDir, '20990101000000_next', 'SELECT 1;');
    await (await openDatabase(newer))[Symbol.asyncDispose]();
    await expect(openDatabase({ ...newer, migrationsDir })).rejects.toThrow(
      'The database has migration 20990101000000_next, which this build does not know',
    );
  });

  it('refuses a database in which a migration failed half-way under another tool', async () => {
    const at = { ...(await prepare()), log: recordingLog().log };
    const database = await openDatabase(at);
    await database.prisma.$executeRaw`UPDATE "_prisma_migrations" SET finished_at = NULL`;
    await database[Symbol.asyncDispose]();
    await expect(openDatabase(at)).rejects.toThrow('Migration 20261122000000_foundation failed earlier');
  });
});

describe.skipIf(inject('postgres') === null)('servers that start together', () => {
  it('apply each migration once', async () => {
    await using empty = await createEmptyDatabase();
    const starts = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { log, lines } = recordingLog();
        await using _database = await openDatabase({ url: empty.url, dataDir: tmpdir(), log });
        return lines.some(({ message }) => message === 'migrations applied');
      }),
    );
    expect(starts.filter((applied) => applied)).toHaveLength(1);
  });
});

describe.skipIf(inject('postgres') === null)('a table that somebody reads for long', () => {
  /** A reader in the middle of a transaction, a server that runs, and a migration that wants the table for itself. */
  async function prepare() {
    const database = await createPostgresDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const reader = new pg.Client(database.url);
    await reader.connect();
    onTestFinished(() => reader.end());
    await reader.query('BEGIN; SELECT FROM tenants');
    const directory = await copyMigrations();
    await addMigration(directory, '20990101000000_alter', 'ALTER TABLE tenants ADD COLUMN later INT;');
    const running = await openDatabase({ url: database.url, dataDir: tmpdir(), log: recordingLog().log });
    onTestFinished(() => running[Symbol.asyncDispose]());
    return { url: database.url, reader, directory, running };
  }

  const readersWaitingFor = async (running: Database): Promise<number> => {
    const [row] = await running.prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_locks
      WHERE NOT granted AND relation = 'tenants'::regclass AND mode = 'AccessExclusiveLock'`;
    return row!.count;
  };

  it('does not let a start hold up the servers that run, and the start succeeds when the reader has ended', async () => {
    const { url, reader, directory, running } = await prepare();
    const { log, lines } = recordingLog();
    const starting = openDatabase({ url, dataDir: tmpdir(), migrationsDir: directory, log });
    await expect.poll(() => readersWaitingFor(running), { interval: 20 }).toBe(1);
    // Behind the migration, which gives way long before the reader ends.
    await running.prisma.tenant.findMany();
    expect(lines.map(({ message }) => message)).not.toContain('migrations applied');
    await reader.query('COMMIT');
    await using _started = await starting;
    expect(lines.map(({ message }) => message)).toEqual([
      'waiting for the tables of migrations, which others use',
      'migrations applied',
    ]);
  });

  it('is told in one sentence when it does not end, and nothing was changed', async () => {
    const { url, directory, running } = await prepare();
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(() => client.end());
    const options = { directory, schema: 'public', patienceMs: 0 };
    await expect(applyMigrations(client, options, recordingLog().log)).rejects.toThrow(
      'Migrations cannot be applied: others have used their tables for 0 s without a break; start again when long transactions of the database have ended (pg_stat_activity).',
    );
    const [row] = await running.prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM information_schema.columns
      WHERE table_name = 'tenants' AND column_name = 'later'`;
    expect(row!.count).toBe(0);
  });
});

describe('a database that is not there', () => {
  it('is reported in one sentence', async () => {
    const log = recordingLog().log;
    const opening = openDatabase({ url: 'postgres://someone:secret@127.0.0.1:1/x', dataDir: tmpdir(), log });
    await expect(opening).rejects.toThrow(
      'The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1.',
    );
  });
});

async function createEmptyDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const database = await createPostgresDatabase();
  await administer(database.url, (client) =>
    client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
  );
  return database;
}
