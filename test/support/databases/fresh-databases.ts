import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { administer } from './administer.ts';
import { silentLog } from '../logs/silent-log.ts';

/** A directory for one test, removed when disposed of. */
export interface DataDir extends AsyncDisposable {
  readonly path: string;
}

/** A database for one test, dropped when disposed of. */
export interface PostgresDatabase extends AsyncDisposable {
  readonly url: string;
  /** Ends every connection to it and lets none in, or lets them in again. */
  allowConnections(allowed: boolean): Promise<void>;
}

/**
 * Runs a suite on the embedded database and on real Postgres, each fresh, migrated and shared by the suite's tests.
 * `open` gives the database once tests run. Without a Postgres its half is skipped.
 */
export function describeOnEachDatabase(name: string, define: (open: () => Database) => void): void {
  for (const kind of ['embedded', 'postgres'] as const) describeOnDatabase(kind, name, define);
}

/** `describeOnEachDatabase` for what is promised of one kind alone. */
export function describeOnDatabase(
  kind: Database['kind'],
  name: string,
  define: (open: () => Database) => void,
): void {
  const prepare = kind === 'embedded' ? openEmbedded : openPostgres;
  describe.skipIf(kind === 'postgres' && inject('postgres') === null)(`${name} (${kind})`, () => {
    const stack = new AsyncDisposableStack();
    let database: Database | undefined;
    beforeAll(async () => {
      database = await prepare(stack);
    });
    afterAll(() => stack.disposeAsync());
    define(() => {
      if (database === undefined) throw new Error('the database is open only while tests run');
      return database;
    });
  });
}

/** A database on the real Postgres, migrated or new. Fails without one: guard the suite by `inject('postgres') === null`. */
export async function createPostgresDatabase(
  content: 'migrated' | 'empty' = 'migrated',
): Promise<PostgresDatabase> {
  const postgres = inject('postgres');
  if (postgres === null) throw new Error('there is no Postgres to test with');
  const name = `${postgres.template}_${randomUUID().slice(0, 8)}`;
  const template = content === 'migrated' ? postgres.template : 'template0';
  const run = (sql: string) => administer(postgres.url, (client) => client.query(sql));
  await run(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async allowConnections(allowed) {
      await run(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS ${allowed}`);
      if (!allowed)
        await run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    },
    [Symbol.asyncDispose]: async () => void (await run(`DROP DATABASE "${name}" WITH (FORCE)`)),
  };
}

/** A data directory whose embedded database is migrated, so that opening it takes no time; `empty`: a new one. */
export async function createDataDir(content: 'migrated' | 'empty' = 'migrated'): Promise<DataDir> {
  const path = await mkdtemp(join(tmpdir(), 'switchyard-data-'));
  // At once: piece by piece, its thousand files take five times the processor's time.
  if (content === 'migrated') cpSync(inject('dataDirTemplate'), path, { recursive: true });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function openEmbedded(stack: AsyncDisposableStack): Promise<Database> {
  const { path } = stack.use(await createDataDir());
  return stack.use(await openDatabase({ url: undefined, dataDir: path, log: silentLog }));
}

async function openPostgres(stack: AsyncDisposableStack): Promise<Database> {
  const { url } = stack.use(await createPostgresDatabase());
  return stack.use(await openDatabase({ url, dataDir: tmpdir(), log: silentLog }));
}
