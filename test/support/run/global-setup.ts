import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { databaseDirectory } from '../../../src/storage/data-dir.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { administer } from '../databases/administer.ts';
import { canStartRedis } from '../redis/own-redis.ts';
import { hasPostgresBinaries } from '../databases/private-postgres.ts';
import { findPostgres, findRedis } from './services.ts';
import { silentLog } from '../logs/silent-log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated database that suites copy, and the server it is on; null without a Postgres. */
    readonly postgres: { readonly url: string; readonly template: string } | null;
    readonly redisUrl: string | null;
    /** A migrated data directory that suites copy. */
    readonly dataDirTemplate: string;
  }
}

/** Prepares, once a run, what the suites copy; the returned function removes it all again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  const redis = await findRedis(process.env);
  for (const service of [postgres, redis]) if (service !== null) stack.use(service);
  report({
    Postgres: postgres !== null,
    Redis: redis !== null,
    "Postgres's own programs": hasPostgresBinaries(),
    'redis-server': canStartRedis,
  });

  const root = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  await migrate({ url: undefined, dataDir: root });
  // Most of an embedded start is the clearing of its buffers, and a suite's data are small: it starts in a third.
  await appendFile(join(databaseDirectory(root), 'postgresql.conf'), "\nshared_buffers = '16MB'\n");
  project.provide('dataDirTemplate', root);
  project.provide('redisUrl', redis?.url ?? null);

  if (postgres === null) project.provide('postgres', null);
  else {
    const template = `switchyard_test_${process.pid}_${Date.now()}`;
    stack.defer(() => dropDatabases(postgres.url, template));
    await administer(postgres.url, (client) => client.query(`CREATE DATABASE "${template}"`));
    const url = new URL(postgres.url);
    url.pathname = `/${template}`;
    await migrate({ url: url.href, dataDir: root });
    project.provide('postgres', { url: postgres.url, template });
  }
  const owned = stack.move();
  return () => owned.disposeAsync();
}

async function migrate(at: { url: string | undefined; dataDir: string }): Promise<void> {
  const database = await openDatabase({ ...at, log: silentLog });
  await database[Symbol.asyncDispose]();
}

/** The template, and what suites that were killed left of their copies, which share its name as a prefix. */
function dropDatabases(url: string, template: string): Promise<void> {
  return administer(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)',
      [template],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
  });
}

function report(found: Readonly<Record<string, boolean>>): void {
  const missing = Object.keys(found).filter((name) => !found[name]);
  if (missing.length === 0) return;
  const names = missing.join(' and ');
  if (process.env['CI'] === 'true')
    throw new Error(`Tests need ${names}; without them they would prove too little.`);
  console.warn(`\n  NO ${names.toUpperCase()} FOUND: suites that need it are SKIPPED and counted as such.\n`);
}
