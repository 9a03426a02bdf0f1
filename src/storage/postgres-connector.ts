import { Socket } from 'node:net';
import type { Connector } from './connect.ts';

/** Connections an instance may hold: group commits need one, the rest serve queries. */
const POOL_SIZE = 10;

/** How long a caller waits for a free or a new connection before the database counts as away. */
const CONNECT_TIMEOUT_MS = 2_000;

/** No statement of the product takes this long; the database ends one that does. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** A connection that is silent for longer than any statement may take leads nowhere: its peer vanished. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;

/** Real Postgres, by its connection string. */
export function createPostgresConnector(url: string): Connector {
  const session = { connectionString: url, application_name: 'switchyard', keepAlive: true };
  return {
    kind: 'postgres',
    session,
    pool: {
      ...session,
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      stream: createImpatientSocket,
    },
    close: async () => {},
  };
}

/** Without this, a host that vanished without a word would hold a query for a quarter of an hour. */
function createImpatientSocket(): Socket {
  const socket = new Socket();
  const silent = () =>
    socket.destroy(Object.assign(new Error('the database fell silent'), { code: 'ETIMEDOUT' }));
  return socket.setTimeout(SILENCE_TIMEOUT_MS, silent);
}
