import type { Connector } from './connect.ts';
import type { Log } from '../system/log.ts';
import { DatabaseStartError } from './database.ts';
import { readPostgresUrl } from './postgres-url.ts';
import { cutSilentConnections } from './silence.ts';

/** Connections an instance may hold: group commits need one, the rest serve queries. */
const POOL_SIZE = 10;

/** How long a caller waits for a free or a new connection before the database counts as away. */
const CONNECT_TIMEOUT_MS = 1_500;

/** No statement of the product takes this long; the database ends one that does. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The database ends a transaction that its client has left open: one whose host vanished holds locks otherwise. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** Real Postgres, by its connection string. Throws DatabaseStartError when that asks for what there is not. */
export function createPostgresConnector(url: string, log: Log): Connector {
  const read = readPostgresUrl(url);
  if ('flaw' in read) throw new DatabaseStartError(`DATABASE_URL cannot be used: ${read.flaw}.`);
  if (read.idle.length > 0) {
    log.warn('DATABASE_URL has parameters that change nothing here.', { parameters: read.idle });
  }
  const { schema } = read;
  const session = { connectionString: url, application_name: 'switchyard', keepAlive: true };
  return {
    kind: 'postgres',
    session,
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
    guard: (pool) => cutSilentConnections(pool, session),
    close: async () => {},
  };
}
