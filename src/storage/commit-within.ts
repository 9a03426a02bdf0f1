import { UnavailableError } from '../system/expected-error.ts';
import type { Timers } from '../system/timers.ts';
import type { Database, Tx } from './database.ts';
import { storageFault } from './storage-fault.ts';
import { inTransaction } from './transaction.ts';

/** When a commit that did not come in time may be tried again. */
const RETRY_AFTER_MS = 1_000;

/**
 * Commits work within `limitMs`. When the connection breaks the work is repeated once, because it may have been
 * committed or not; when the time ends, UnavailableError is thrown, and that question stays open: a database that
 * was only slow may commit it yet. So `run` must be harmless to repeat, beside its own earlier try too.
 */
export async function commitWithin<T>(
  {
    database,
    timers,
    limitMs,
  }: { readonly database: Database; readonly timers: Timers; readonly limitMs: number },
  run: (tx: Tx) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const expired = Promise.withResolvers<never>();
  using _ = timers.after(limitMs, () => {
    const error = new UnavailableError(
      `The database has not committed within ${limitMs} ms.`,
      RETRY_AFTER_MS,
    );
    late.abort(error);
    expired.reject(error);
  });
  const attempt = () =>
    inTransaction(
      database.prisma,
      async (tx) => {
        const result = await run(tx);
        // Nobody waits for it any more: what is not committed yet is better left to the repetition.
        late.signal.throwIfAborted();
        return result;
      },
      { maxWaitMs: limitMs, timeoutMs: limitMs },
    );
  const work = attempt().catch((error: unknown) => {
    if (late.signal.aborted || storageFault(error).kind !== 'unavailable') throw error;
    return attempt();
  });
  return await Promise.race([work, expired.promise]);
}
