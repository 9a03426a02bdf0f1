import { MOST_ANSWER_LIMIT_MS } from './answer-limit.ts';
import type { Database, Tx } from './database.ts';
import { storageFault } from './storage-fault.ts';
import { inTransaction } from './transaction.ts';
import { within, type Limit } from './within.ts';

export interface TransactionLimit extends Limit {
  readonly database: Database;
}

export interface StatementLimit extends Limit {
  /**
   * Whether to ask again, until the time ends, for a lock that was not granted, or after a concurrent transaction
   * was in the way: nothing was written then, and whoever was in the way will be gone.
   */
  readonly patient: boolean;
}

/**
 * Commits a transaction within `limitMs`. When the connection breaks the work is repeated once, because it may have
 * been committed or not; when the time ends, UnavailableError is thrown, and that question stays open: a database
 * that was only slow may commit it yet, although what it has not come to the end of by then is rolled back. So `run`
 * must be harmless to repeat, beside its own earlier try too.
 */
export async function commitWithin<T>(limit: TransactionLimit, run: (tx: Tx) => Promise<T>): Promise<T> {
  const { database } = limit;
  return within(limit, (late) => {
    const attempt = () =>
      inTransaction(
        database.prisma,
        async (tx) => {
          const result = await run(tx);
          // Nobody waits for it any more: what is not committed yet is better left to the repetition.
          late.throwIfAborted();
          return result;
        },
        // `within` tells when nobody waits any more, whatever the limit has become by then.
        { maxWaitMs: MOST_ANSWER_LIMIT_MS, timeoutMs: MOST_ANSWER_LIMIT_MS },
      );
    return repeatedOnce(attempt, late);
  });
}

/**
 * Commits one statement, which is a transaction of its own, within `limitMs`: with what `commitWithin` promises and
 * asks for. A statement cannot be called back, so one that reaches a slow database late is carried out, however long
 * ago its caller was told that the time has ended.
 */
export async function commitStatementWithin<T>(limit: StatementLimit, run: () => Promise<T>): Promise<T> {
  return within(limit, async (late) => {
    for (;;) {
      try {
        return await repeatedOnce(run, late);
      } catch (error) {
        if (late.aborted || !limit.patient || !isInTheWay(error)) throw error;
      }
    }
  });
}

function isInTheWay(error: unknown): boolean {
  const { kind } = storageFault(error);
  return kind === 'lock_timeout' || kind === 'serialization';
}

/** Does work again when the connection broke: whether it was committed is unknown. */
async function repeatedOnce<T>(work: () => Promise<T>, late: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (late.aborted || storageFault(error).kind !== 'unavailable') throw error;
    return work();
  }
}
