import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { nodeClock } from '../system/clock.node.ts';
import type { Log } from '../system/log.ts';
import { limitFor } from './answer-limit.ts';
import { DatabaseStartError, type Database } from './database.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { applyMigrations } from './migrations.ts';
import { prepareSession, type SessionSettings } from './session.ts';

/** How a kind of database is reached. */
export interface Connector {
  readonly kind: Database['kind'];
  /** What a pool of connections needs. */
  readonly pool: pg.PoolConfig;
  /** Watches over a pool's connections; returns what is told of a new one before it is used. */
  readonly guard?: (pool: pg.Pool) => (client: pg.ClientBase) => void;
  /** What one connection that may work for minutes needs: that of the migrations. */
  readonly session: pg.ClientConfig;
  /** What every connection of the pool is told first; that of the migrations has the schema in common with them. */
  readonly settings: SessionSettings;
  /** Gives back what lies under the connections, after all of them are closed. */
  close(): Promise<void>;
}

/** Brings the database up to date and opens a client for it. Owns the connector from the first moment on. */
export async function connect(connector: Connector, migrationsDir: string, log: Log): Promise<Database> {
  await using stack = new AsyncDisposableStack();
  stack.defer(() => connector.close());
  let roundTripMs = await migrate(connector, migrationsDir, log);

  const pool: pg.Pool = new pg.Pool({
    ...connector.pool,
    connectionTimeoutMillis: limitFor(roundTripMs, connector.pool.connectionTimeoutMillis ?? 0),
    // The pool waits for it, although its type does not say so.
    onConnect(client) {
      watch?.(client);
      return prepare(client, connector.settings).then((ms) => void (roundTripMs = ms)) as unknown;
    },
  });
  const watch = connector.guard?.(pool);
  pool.on('error', (err) => log.warn('an idle database connection was lost', { err }));
  stack.defer(() => pool.end());

  // Prisma's longer messages quote source and data.
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { schema: connector.settings.schema ?? 'public' }),
    errorFormat: 'minimal',
  });
  stack.defer(() => prisma.$disconnect());

  const owned = stack.move();
  return {
    kind: connector.kind,
    prisma,
    roundTripMs: () => roundTripMs,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Prepares a session; returns how long that took, which is one round trip. */
async function prepare(client: pg.ClientBase, settings: SessionSettings): Promise<number> {
  const fromMs = nodeClock.monotonicMs();
  await prepareSession(client, settings);
  return nodeClock.monotonicMs() - fromMs;
}

/** Returns how long a round trip to the database takes. */
async function migrate({ session, settings }: Connector, migrationsDir: string, log: Log): Promise<number> {
  const client = new pg.Client(session);
  // A connection that breaks also fails the query under way, which reports it.
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    // Of a host with several addresses, none of which answers, only the code tells.
    const { message, code } = cause as Error & { code?: string };
    const reason = `${message || code}${adviceOn(message)}`;
    throw new DatabaseStartError(`The database cannot be reached: ${reason}.`, { cause });
  });
  try {
    const { schema = 'public' } = settings;
    const roundTripMs = await prepare(client, { schema });
    await applyMigrations(client, { directory: migrationsDir, schema }, log);
    return roundTripMs;
  } finally {
    await client.end();
  }
}

/** What to do about the refusal of a pooler (https://www.pgbouncer.org/config.html#ignore_startup_parameters). */
function adviceOn(message: string): string {
  const [, name] = /unsupported startup parameter(?: in options)?: ([\w.]+)/.exec(message) ?? [];
  if (name === undefined) return '';
  return `; leave it out of DATABASE_URL, or have PgBouncer ignore it (ignore_startup_parameters = ${name})`;
}
