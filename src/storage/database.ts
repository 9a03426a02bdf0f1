import { StartError } from '../system/start-error.ts';
import type { Prisma, PrismaClient } from './generated/prisma/client.ts';

/** A database that is open, migrated and ready, whichever kind it is. */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'embedded';
  readonly prisma: PrismaClient;
  /** How long its answer to the least of questions took when it was last measured, milliseconds. */
  readonly roundTripMs: () => number;
}

/** What a store's verbs take: the client itself or a transaction of it. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** A transaction: everything done through it commits together or not at all. */
export type Tx = Prisma.TransactionClient;

/** Why the database cannot be used. */
export class DatabaseStartError extends StartError {
  override readonly name = 'DatabaseStartError';
}
