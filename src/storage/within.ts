import { RETRY_SOON_MS, UnavailableError } from '../system/expected-error.ts';
import type { Timers } from '../system/timers.ts';

/** How long somebody waits for the database. */
export interface Limit {
  readonly timers: Timers;
  /** Milliseconds; asked anew while somebody waits, because the way to the database may become longer meanwhile. */
  readonly limitMs: () => number;
}

/**
 * Waiting is counted by so much at a time. A process that did not run meanwhile, because its machine or its own work
 * kept it, was not waiting for the database, whose answer may lie there unread: it counts as one such piece at most.
 */
const PIECE_MS = 100;

/**
 * Waits for work of the database's until the time ends, and then throws UnavailableError; the signal tells the work
 * that nobody waits any more. Work that does not heed it goes on: it must be harmless that it succeeds later.
 */
export async function within<T>(limit: Limit, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const expired = Promise.withResolvers<never>();
  using _ = countDown(limit, (limitMs) => {
    const message = `The database has not answered within ${Math.ceil(limitMs)} ms.`;
    const error = new UnavailableError(message, RETRY_SOON_MS);
    late.abort(error);
    expired.reject(error);
  });
  return await Promise.race([work(late.signal), expired.promise]);
}

/** Calls `expire` when so much time has been waited. */
function countDown({ timers, limitMs }: Limit, expire: (limitMs: number) => void): Disposable {
  let waitedMs = 0;
  let timer: Disposable;
  function wait(): void {
    const pieceMs = Math.min(limitMs() - waitedMs, PIECE_MS);
    timer = timers.after(Math.max(0, pieceMs), () => {
      waitedMs += pieceMs;
      // What has arrived meanwhile is read before the next timer is due.
      if (pieceMs > 0) wait();
      else expire(limitMs());
    });
  }
  wait();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
