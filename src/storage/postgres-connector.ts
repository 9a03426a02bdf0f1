import type { Connector } from './connect.ts';
import type { Log } from '../system/log.ts';
import { DatabaseStartError } from './database.ts';
import { readPostgresUrl } from './postgres-url.ts';
import { readLimits } from './reads/reads.ts';
import { cutSilentConnections } from './silence.ts';

/** Connections for what must be written and for what instances keep in memory; callers' reads have their own. */
const POOL_SIZE = 10;

/** How long a caller waits for a free or a new connection before the database counts as away. */
const CONNECT_TIMEOUT_MS = 1_500;

/** No statement of the product takes this long; the database ends one that does. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The same of what a caller reads: pages come from indexes, and whatever takes longer is at others' cost. */
const READ_TIMEOUT_MS = 5_000;

/** The database ends a transaction that its client has left open: one whose host vanished holds locks otherwise. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Real Postgres, by its connection string and, where another user owns the tables, that one's. Throws
 * DatabaseStartError when they ask for what there is not.
 */
export function createPostgresConnector(url: string, ownerUrl: string | undefined, log: Log): Connector {
  const read = readPostgresUrl(url);
  if ('flaw' in read) throw new DatabaseStartError(`DATABASE_URL cannot be used: ${read.flaw}.`);
  if (read.idle.length > 0) {
    log.warn('DATABASE_URL has parameters that change nothing here.', { parameters: read.idle });
  }
  const { schema } = read;
  const sessionOf = (connectionString: string) => ({
    connectionString,
    application_name: 'switchyard',
    keepAlive: true,
  });
  const session = sessionOf(url);
  return {
    kind: 'postgres',
    session,
    ...(ownerUrl !== undefined && { ownerSession: sessionOf(ownerUrl) }),
    pool: {
      ...session,
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    },
    settings: {
      schema,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      idleInTransactionTimeoutMs: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
    reads: {
      pool: { ...session, max: readLimits.postgres.atOnce, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
      settings: {
        schema,
        statementTimeoutMs: READ_TIMEOUT_MS,
        idleInTransactionTimeoutMs: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      },
    },
    guard: (pool, roundTripMs) => cutSilentConnections(pool, session, roundTripMs),
    close: async () => {},
  };
}
