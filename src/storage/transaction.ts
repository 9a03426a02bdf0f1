import type { Tx } from './database.ts';
import type { Prisma, PrismaClient } from './generated/prisma/client.ts';

export interface TransactionOptions {
  /** How long one statement waits for a lock before it fails with the fault `lock_timeout`; absent: no own limit. */
  readonly lockTimeoutMs?: number;
  /** How long the transaction may wait for a connection. */
  readonly maxWaitMs?: number;
  /** How long it may take once it has begun. */
  readonly timeoutMs?: number;
  readonly isolationLevel?: Prisma.TransactionIsolationLevel;
}

/**
 * Runs work in one transaction, which commits when `run` resolves and rolls back when it rejects. Inside, use the
 * transaction alone: the embedded database has one connection, and asking for another one waits for this to end.
 */
export async function inTransaction<T>(
  prisma: PrismaClient,
  run: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { lockTimeoutMs, maxWaitMs, timeoutMs, isolationLevel } = options;
  return prisma.$transaction(
    async (tx) => {
      if (lockTimeoutMs !== undefined) {
        await tx.$executeRaw`SELECT set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
      }
      return run(tx);
    },
    {
      ...(maxWaitMs === undefined ? {} : { maxWait: maxWaitMs }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(isolationLevel === undefined ? {} : { isolationLevel }),
    },
  );
}
