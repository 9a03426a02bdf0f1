import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { Log } from '../system/log.ts';
import { nodeTimers } from '../system/timers.node.ts';
import { DatabaseStartError } from './database.ts';
import { quoteName } from './session.ts';

/** The advisory lock that Prisma Migrate itself takes, so that its commands and a starting server exclude each other. */
const LOCK_ID = 72707369;

/** Prisma Migrate's own table: `prisma migrate status` understands what was done here. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/** Which migrations, the schema that they are made in, and what is to be done there with them. */
export interface MigrationsOptions {
  readonly directory: string;
  readonly schema: string;
  /** Done in the same transaction, after them. */
  readonly also?: () => Promise<void>;
  /** How long to go on trying while others use the tables; absent: PATIENCE_MS. */
  readonly patienceMs?: number;
}

/**
 * How long a migration waits for a table that others use. Whoever comes after it waits behind it, also those who could
 * share the table with a long reader: so it is less than what servers that run give the database to answer.
 */
const LOCK_WAIT_MS = 500;

/** How long the tables are left to others before the next try. */
const PAUSE_MS = 2_000;

const PATIENCE_MS = 60_000;

/** The SQLSTATE of a lock that was not granted in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** The database lacks migrations, and its user may not make them. */
export class MissingMigrationsError extends Error {
  readonly migrations: readonly string[];

  constructor(migrations: readonly string[]) {
    super('The database lacks migrations that its user may not make.');
    this.migrations = migrations;
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** Hexadecimal SHA-256 of `sql`. */
  readonly checksum: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Brings a database up to the migrations of a directory, and returns the names of those that it lacked. All that are missing are applied in
 * one transaction under one lock: of servers that start together one does the work while the others wait, and
 * whatever goes wrong leaves the database as it was. Where nothing is missing, reading is all that is needed. Servers
 * that run are not held up: tables that are in use are left to others, and tried again. Throws DatabaseStartError when
 * database and directory disagree, or tables stay in use, and MissingMigrationsError when what is missing may not be
 * made.
 */
export async function applyMigrations(
  client: ClientBase,
  options: MigrationsOptions,
  log: Log,
): Promise<readonly string[]> {
  const { patienceMs = PATIENCE_MS } = options;
  for (let waitedMs = 0; ; waitedMs += LOCK_WAIT_MS + PAUSE_MS) {
    try {
      return await tryMigrations(client, options, log);
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (waitedMs >= patienceMs) throw inUse(patienceMs, error);
      if (waitedMs === 0) log.info('waiting for the tables of migrations, which others use');
    }
    await nodeTimers.wait(PAUSE_MS, new AbortController().signal);
  }
}

function inUse(patienceMs: number, cause: unknown): DatabaseStartError {
  return new DatabaseStartError(
    `Migrations cannot be applied: others have used their tables for ${Math.round(patienceMs / 1000)} s without a break; start again when long transactions of the database have ended (pg_stat_activity).`,
    { cause },
  );
}

async function tryMigrations(
  client: ClientBase,
  { directory, schema, also }: MigrationsOptions,
  log: Log,
): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  await client.query('BEGIN');
  try {
    await lock(client, log);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    const missing = missingMigrations(migrations, await readApplied(client, schema));
    await orMissing(missing, async () => {
      await ensureTable(client, schema);
      for (const migration of missing) await apply(client, migration);
    });
    await also?.();
    await client.query('COMMIT');
    return missing.map(({ name }) => name);
  } catch (error) {
    // On a connection that is lost, ROLLBACK fails too; the database has then rolled back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** What is still to be applied, in order. Throws DatabaseStartError when history and directory disagree. */
export function missingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished_at: finishedAt } of applied) {
    const migration = known.get(name);
    if (finishedAt === null) {
      throw new DatabaseStartError(
        `Migration ${name} failed earlier; repair it with "prisma migrate resolve" first.`,
      );
    }
    if (migration === undefined) {
      throw new DatabaseStartError(
        `The database has migration ${name}, which this build does not know: it is newer than this build.`,
      );
    }
    if (migration.checksum !== checksum) {
      throw new DatabaseStartError(
        `Migration ${name} was edited after it had been applied to this database.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.migration_name));
  return migrations.filter((migration) => !done.has(migration.name));
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function lock(client: ClientBase, log: Log): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${LOCK_ID}) AS locked`,
  );
  if (rows[0]?.locked === true) return;
  log.info('waiting for another server to apply its migrations');
  await client.query(`SELECT pg_advisory_xact_lock(${LOCK_ID})`);
}

/** Each only when it is missing: whoever may not make schemas or tables may use those that are there. */
async function ensureTable(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${quoteName(schema)}`);
  if (!(await hasTable(client, schema))) await client.query(BOOKKEEPING);
}

async function hasTable(client: ClientBase, schema: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = '_prisma_migrations'`,
    [schema],
  );
  return rowCount !== 0;
}

async function readApplied(client: ClientBase, schema: string): Promise<readonly AppliedMigration[]> {
  if (!(await hasTable(client, schema))) return [];
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at FROM ${quoteName(schema)}."_prisma_migrations"
     WHERE rolled_back_at IS NULL`,
  );
  return rows;
}

/** SQLSTATEs: insufficient privilege; no schema to make anything in, which a schema is that one may not use. */
const REFUSED = ['42501', '3F000'];

async function orMissing(missing: readonly Migration[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isRefused = REFUSED.includes(String((error as { code?: unknown }).code));
    throw isRefused ? new MissingMigrationsError(missing.map(({ name }) => name)) : error;
  }
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, migration_name, checksum, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
    [randomUUID(), name, checksum],
  );
}
