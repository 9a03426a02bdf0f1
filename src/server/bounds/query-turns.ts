import { createReadGate, type ReadGateLimits } from '../../storage/reads/read-gate.ts';
import type { Timers } from '../../system/timers.ts';
import { waitAtMost } from '../../system/wait-at-most.ts';

/** Has whole queries done a few at a time, and every tenant's in turn. */
export interface QueryTurns {
  /**
   * Does a query of a tenant's when it is its turn. Throws RateLimitedError, without doing it, when too many of the
   * tenant's wait, and the signal's reason when it was aborted before its turn came.
   */
  run<T>(tenantId: string, query: () => Promise<T>, terms: QueryTerms): Promise<T>;
}

/** Whether somebody still wants it, and what time is. */
export interface QueryTerms {
  readonly signal: AbortSignal;
  readonly timers: Timers;
}

/** What is done has its rows and its half of an answer in memory: forty at once make each collection of garbage long. */
const limits: ReadGateLimits = { atOnce: 16, perHolder: 2, waiting: 256 };

/** How long a query keeps its place: any page takes less, and who verifies a long chain can be read to meanwhile. */
export const LONG_QUERY_MS = 500;

/** Nobody queries yet. What takes long gives its place on, and goes on itself. */
export function createQueryTurns(): QueryTurns {
  const gate = createReadGate(limits);
  return {
    async run<T>(tenantId: string, query: () => Promise<T>, { signal, timers }: QueryTerms) {
      const outcome = Promise.withResolvers<T>();
      await gate.run(tenantId, async () => {
        if (signal.aborted) return outcome.reject(signal.reason);
        outcome.resolve(query());
        await waitAtMost(Promise.allSettled([outcome.promise]), LONG_QUERY_MS, timers);
      });
      return outcome.promise;
    },
  };
}
