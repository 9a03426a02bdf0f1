import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { nodeClock } from '../system/clock.node.ts';
import type { Log } from '../system/log.ts';
import { limitFor } from './answer-limit.ts';
import type { Database } from './database.ts';
import { createDistance, type Distance } from './distance.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { createDatabaseOutage } from './outage/database-outage.ts';
import { heardAdapter, type Hear } from './outage/heard-adapter.ts';
import { createHearing } from './outage/hearing.ts';
import { reasonOfOutage } from './outage/presence.ts';
import { createReads, readLimits } from './reads/reads.ts';
import { createSendStatement } from './repeated-statement.ts';
import { bringUpToDate } from './rights/bring-up-to-date.ts';
import { measuredPrepare, type SessionSettings } from './session.ts';

/** A pool of connections, and what each of them is told first. */
export interface PoolKind {
  readonly pool: pg.PoolConfig;
  readonly settings: SessionSettings;
}

/** How a kind of database is reached. */
export interface Connector {
  readonly kind: Database['kind'];
  /** What a pool of connections needs. */
  readonly pool: pg.PoolConfig;
  /** Watches over a pool's connections; returns what is told of a new one before it is used. */
  readonly guard?: (pool: pg.Pool, roundTripMs: () => number) => (client: pg.ClientBase) => void;
  /** The same for what callers read; absent: there is one session for everything. */
  readonly reads?: PoolKind;
  /** What one connection that may work for minutes needs: that of the migrations. */
  readonly session: pg.ClientConfig;
  /** The same for the user that owns the tables, where that is not the one that serves. */
  readonly ownerSession?: pg.ClientConfig;
  /** What every connection of the pool is told first; that of the migrations has the schema in common with them. */
  readonly settings: SessionSettings;
  /** Gives back what lies under the connections, after all of them are closed. */
  close(): Promise<void>;
}

/** Brings the database up to date and opens a client for it. Owns the connector from the first moment on. */
export async function connect(connector: Connector, migrationsDir: string, log: Log): Promise<Database> {
  await using stack = new AsyncDisposableStack();
  stack.defer(() => connector.close());
  const distance = createDistance(await bringUpToDate(connector, migrationsDir, log));
  const outage = createDatabaseOutage(log, nodeClock);
  const hearing = createHearing(outage, distance, nodeClock);
  const open = (kind: PoolKind, hear?: Hear) =>
    stack.use(openClient(connector, kind, { distance, hear, log }));
  const { prisma, pool } = open({ pool: connector.pool, settings: connector.settings }, hearing.hear);
  const { send } = stack.use(await createSendStatement(pool, hearing.hear));
  // Whether the database is away is told by what must be written: a read may just have been too much.
  const reading = connector.reads === undefined ? prisma : open(connector.reads).prisma;
  stack.defer(hearing.end);

  const owned = stack.move();
  return {
    kind: connector.kind,
    ...{ prisma, send },
    reads: createReads(reading, readLimits[connector.kind]),
    ...{ roundTripMs: distance.roundTripMs, outage },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What a client stands on beside its connections. */
interface ClientParts {
  readonly distance: Distance;
  /** Hears every statement; absent: nobody does. */
  readonly hear: Hear | undefined;
  readonly log: Log;
}

/** A client with a pool of connections of its own. */
function openClient(
  { guard }: Connector,
  { pool: config, settings }: PoolKind,
  { distance, hear, log }: ClientParts,
): AsyncDisposable & { readonly prisma: PrismaClient; readonly pool: pg.Pool } {
  const { roundTripMs } = distance;
  const leastMs = config.connectionTimeoutMillis ?? 0;
  const pool: pg.Pool = new pg.Pool({
    ...config,
    // The pool waits for it, although its type does not say so.
    onConnect(client) {
      watch?.(client);
      return measuredPrepare(client, settings).then(distance.note) as unknown;
    },
  });
  // Asked for with every connection.
  Object.defineProperty(pool.options, 'connectionTimeoutMillis', {
    get: () => limitFor(roundTripMs(), leastMs),
    enumerable: true,
  });
  const watch = guard?.(pool, roundTripMs);
  // Whether the database is away the next statement tells.
  pool.on('error', (err) =>
    log.debug('an idle database connection was lost', { reason: reasonOfOutage(err) }),
  );
  const adapter = new PrismaPg(pool, { schema: settings.schema ?? 'public' });
  // Prisma's longer messages quote source and data.
  const prisma = new PrismaClient({
    adapter: hear === undefined ? adapter : heardAdapter(adapter, hear),
    errorFormat: 'minimal',
  });
  return {
    ...{ prisma, pool },
    async [Symbol.asyncDispose]() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
