import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { Log } from '../system/log.ts';
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

/** Which migrations, and the schema that they are made in. */
export interface MigrationsOptions {
  readonly directory: string;
  readonly schema: string;
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
 * Brings a database up to the migrations of a directory, and logs what it did. All that are missing are applied in
 * one transaction under one lock: of servers that start together one does the work while the others wait, and
 * whatever goes wrong leaves the database as it was. Throws DatabaseStartError when database and directory disagree.
 */
export async function applyMigrations(
  client: ClientBase,
  { directory, schema }: MigrationsOptions,
  log: Log,
): Promise<void> {
  const migrations = await readMigrations(directory);
  await client.query('BEGIN');
  try {
    await lock(client, log);
    await ensureSchema(client, schema);
    await client.query(BOOKKEEPING);
    const missing = missingMigrations(migrations, await readApplied(client));
    for (const migration of missing) await apply(client, migration);
    await client.query('COMMIT');
    report(missing, log);
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

/** Only when it is missing: whoever may not make schemas may use one that is there. */
async function ensureSchema(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${quoteName(schema)}`);
}

async function readApplied(client: ClientBase): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  return rows;
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, migration_name, checksum, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
    [randomUUID(), name, checksum],
  );
}

function report(missing: readonly Migration[], log: Log): void {
  if (missing.length === 0) log.info('the database is up to date; no migration was missing');
  else log.info('migrations applied', { migrations: missing.map((migration) => migration.name) });
}
