import type { Log } from '../system/log.ts';
import { createOutage } from '../system/outage.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import { createLane, type Lane } from './lane.service.ts';
import { createListening } from './listening.service.ts';
import type { LiveSource } from './live-source.ts';
import type { FollowRequest, NumberedTable } from './numbered-table.ts';
import { createTurnstile } from './turnstile.service.ts';

/** Follows a numbered table for any number of subscribers, with one reader for each key that somebody follows. */
export interface Feed<Row> extends Disposable {
  /**
   * Each relevant row after the cursor exactly once and in order, for as long as the source is not disposed of.
   * Throws InvalidInputError naming `after` when it lies ahead of everything, CursorExpiredError, UnavailableError;
   * the source's `refill` throws CursorExpiredError when rows went away before they were read.
   */
  follow(request: FollowRequest<Row>): Promise<LiveSource<Row>>;
}

export interface FeedOptions<Row> {
  readonly table: NumberedTable<Row>;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often readers ask for rows of which no event arrived. */
export const FEED_POLL_MS = 2_000;

/** Subscribers that read the table by themselves at once. */
const READS_AT_ONCE = 3;

/** Nobody follows anything yet, and nothing is read: the bus is heard and the table polled while somebody does. */
export function createFeed<Row>({ table, bus, timers, log }: FeedOptions<Row>): Feed<Row> {
  const lanes = new Map<string, Lane<Row>>();
  const turnstile = createTurnstile(READS_AT_ONCE);
  const outage = createOutage(log, {
    begun: 'Subscriptions hear nothing new: their table is away.',
    ended: 'Subscriptions are told of changes again.',
  });
  const listening = createListening({
    bus,
    timers,
    topic: table.topic,
    onEvent: (event) => lanes.get(table.keyOf(event))?.tell(event.seq),
    onResync: poll,
    pollMs: FEED_POLL_MS,
    poll,
  });

  /** One statement, whatever the number of lanes. */
  async function poll(): Promise<void> {
    try {
      const heads = await table.readHeads([...lanes.keys()]);
      for (const [key, lane] of lanes) {
        lane.tell(heads.get(key) ?? 0);
        lane.retry();
      }
      outage.end({ topic: table.topic });
    } catch (error) {
      onFailure(error);
    }
  }

  function onFailure(err: unknown): void {
    outage.begin({ topic: table.topic, err });
  }

  function openLane(key: string): Lane<Row> {
    const onEmpty = () => {
      if (lanes.get(key) !== lane) return;
      lanes.delete(key);
      if (lanes.size === 0) listening.stop();
    };
    const lane = createLane({ key, table, turnstile, listen: listening.start, onFailure, onEmpty });
    lanes.set(key, lane);
    return lane;
  }

  return {
    follow: ({ key, ...request }) => (lanes.get(key) ?? openLane(key)).join(request),
    [Symbol.dispose]() {
      lanes.clear();
      listening.stop();
    },
  };
}
