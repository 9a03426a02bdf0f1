import { fileURLToPath } from 'node:url';
import type { Log } from '../system/log.ts';
import { connect } from './connect.ts';
import { databaseDirectory } from './data-dir.ts';
import type { Database } from './database.ts';
import { createEmbeddedConnector } from './embedded/embedded-connector.ts';
import { createPostgresConnector } from './postgres-connector.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

export interface OpenDatabaseOptions {
  /** Connection string of a Postgres; undefined means the embedded one. */
  readonly url: string | undefined;
  /** The same Postgres as the user that owns the tables and migrates; undefined: the user of `url` does. */
  readonly ownerUrl?: string | undefined;
  /** The product's data directory; the embedded database lives below it. */
  readonly dataDir: string;
  readonly migrationsDir?: string;
  /** This process, as a second one that wants the same data directory is told. */
  readonly processId?: number | undefined;
  readonly log: Log;
}

/**
 * Opens the database and applies the migrations it lacks. Throws DatabaseStartError when another process uses the
 * data directory, or when the migrations disagree with the database.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { url, ownerUrl, dataDir, migrationsDir = MIGRATIONS_DIR, processId = 0, log } = options;
  const connector =
    url === undefined
      ? await createEmbeddedConnector(databaseDirectory(dataDir), processId, log)
      : createPostgresConnector(url, ownerUrl, log);
  return connect(connector, migrationsDir, log);
}
