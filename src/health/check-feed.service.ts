import type { Bus } from '../events/bus.ts';
import type { LiveSource } from '../events/live-source.ts';
import { createFeed } from '../events/feed.service.ts';
import type { Db } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import { CursorExpiredError, SlowConsumerError } from '../system/expected-error.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { HealthCheckRow } from './health-check.store.ts';
import { numberChecks } from './recent-checks.service.ts';

/** Tells subscribers of health checks as they are made. */
export interface CheckFeed extends Disposable {
  /** Every relevant check from now on. The source's `refill` throws SlowConsumerError when it is too far behind. */
  follow(isRelevant: (check: HealthCheckRow) => boolean): Promise<LiveSource<HealthCheckRow>>;
}

/** Nothing is read until somebody follows. */
export function createCheckFeed(parts: {
  readonly db: Db;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}): CheckFeed {
  const feed = createFeed({ ...parts, table: numberChecks(parts) });
  return {
    async follow(isRelevant) {
      const source = await feed.follow({
        key: '',
        after: null,
        isRelevant: ({ check }) => isRelevant(check),
      });
      return {
        take: () => source.take()?.check,
        hasMore: () => source.hasMore(),
        refill: () => source.refill?.()?.catch(throwSlow),
        onWake: (wake) => source.onWake(wake),
        [Symbol.dispose]: () => source[Symbol.dispose](),
      };
    },
    [Symbol.dispose]: () => feed[Symbol.dispose](),
  };
}

/** There is no cursor here that could be too old: the subscriber has read too slowly. */
function throwSlow(error: unknown): never {
  if (!(error instanceof CursorExpiredError)) throw error;
  throw new SlowConsumerError('The stream was read too slowly: some of it is gone.');
}
