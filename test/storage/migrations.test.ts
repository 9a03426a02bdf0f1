import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
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
