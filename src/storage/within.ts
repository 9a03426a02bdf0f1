import { RETRY_SOON_MS, UnavailableError } from '../system/expected-error.ts';
import type { Timers } from '../system/timers.ts';

/** How long somebody waits for the database. */
export interface Limit {
  readonly timers: Timers;
  readonly limitMs: number;
}

/**
 * Waits for work of the database's until the time ends, and then throws UnavailableError; the signal tells the work
 * that nobody waits any more. Work that does not heed it goes on: it must be harmless that it succeeds later.
 */
export async function within<T>(
  { timers, limitMs }: Limit,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const expired = Promise.withResolvers<never>();
  using _ = timers.after(limitMs, () => {
    const message = `The database has not answered within ${limitMs} ms.`;
    const error = new UnavailableError(message, RETRY_SOON_MS);
    late.abort(error);
    expired.reject(error);
  });
  return await Promise.race([work(late.signal), expired.promise]);
}
