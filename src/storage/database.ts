import type { Prisma, PrismaClient } from './generated/prisma/client.ts';

/** A database that is open, migrated and ready, whichever kind it is. */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'embedded';
  readonly prisma: PrismaClient;
}

/** What a store's verbs take: the client itself or a transaction of it. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** A transaction: everything done through it commits together or not at all. */
export type Tx = Prisma.TransactionClient;

/** Why the database cannot be used: one sentence for the operator, who needs no stack to act on it. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}
