import { StartError } from '../system/start-error.ts';
import type { Prisma, PrismaClient } from './generated/prisma/client.ts';
import type { DatabaseOutage } from './outage/database-outage.ts';
import type { Reads } from './reads/reads.ts';
import type { SendStatement } from './repeated-statement.ts';

/** A database that is open, migrated and ready, whichever kind it is. */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'embedded';
  readonly prisma: PrismaClient;
  /** The way for what every call writes. */
  readonly send: SendStatement;
  /** The way for what callers read. */
  readonly reads: Reads;
  /** How long a trip there and back takes at present, milliseconds. */
  readonly roundTripMs: () => number;
  /** Whether it is away. */
  readonly outage: DatabaseOutage;
}

/** What a store's verbs take: the client itself or a transaction of it. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** A transaction: everything done through it commits together or not at all. */
export type Tx = Prisma.TransactionClient;

/** Why the database cannot be used. */
export class DatabaseStartError extends StartError {
  override readonly name = 'DatabaseStartError';
}
