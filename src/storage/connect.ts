import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Log } from '../system/log.ts';
import { DatabaseStartError, type Database } from './database.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { applyMigrations } from './migrations.ts';

/** How a kind of database is reached. */
export interface Connector {
  readonly kind: Database['kind'];
  /** What a pool of connections needs. */
  readonly pool: pg.PoolConfig;
  /** Watches over a pool's connections; returns what is told of a new one before it is used. */
  readonly guard?: (pool: pg.Pool) => (client: pg.ClientBase) => void;
  /** What one connection that may work for minutes needs: that of the migrations. */
  readonly session: pg.ClientConfig;
  /** Gives back what lies under the connections, after all of them are closed. */
  close(): Promise<void>;
}

/** Brings the database up to date and opens a client for it. Owns the connector from the first moment on. */
export async function connect(connector: Connector, migrationsDir: string, log: Log): Promise<Database> {
  await using stack = new AsyncDisposableStack();
  stack.defer(() => connector.close());
  await migrate(connector.session, migrationsDir, log);

  const pool: pg.Pool = new pg.Pool({
    ...connector.pool,
    onConnect(client) {
      watch?.(client);
      return prepareSession(client);
    },
  });
  const watch = connector.guard?.(pool);
  pool.on('error', (err) => log.warn('an idle database connection was lost', { err }));
  stack.defer(() => pool.end());

  // Prisma's longer messages quote source and data.
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  stack.defer(() => prisma.$disconnect());

  const owned = stack.move();
  return { kind: connector.kind, prisma, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * What every connection begins with; the pool waits for it, although its type does not say so. The driver writes
 * instants without an offset: in a session of another time zone they would be wrong by hours. A setting of the
 * connection string could be overruled there.
 */
function prepareSession(client: pg.ClientBase): unknown {
  return client.query("SET TIME ZONE 'UTC'");
}

async function migrate(session: pg.ClientConfig, migrationsDir: string, log: Log): Promise<void> {
  const client = new pg.Client(session);
  // A connection that breaks also fails the query under way, which reports it.
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    // Of a host with several addresses, none of which answers, only the code tells.
    const { message, code } = cause as Error & { code?: string };
    throw new DatabaseStartError(`The database cannot be reached: ${message || code}.`, { cause });
  });
  try {
    await applyMigrations(client, migrationsDir, log);
  } finally {
    await client.end();
  }
}
