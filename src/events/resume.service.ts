import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus, Subscription } from './bus.ts';
import { createLane, type Lane } from './lane.service.ts';
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
  let listening: Promise<Subscription> | undefined;
  let timer: Disposable | undefined;
  let isAway = false;

  const resync = bus.onResync(() => poll());

  function listen(): Promise<unknown> {
    timer ??= timers.after(FEED_POLL_MS, tick);
    listening ??= bus.subscribe(table.topic, (event) => lanes.get(table.keyOf(event))?.tell(event.seq));
    return listening;
  }

  function rest(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    // Given back even when its acknowledgement is still to come.
    void listening?.then((subscription) => subscription[Symbol.dispose]());
    listening = undefined;
  }

  function tick(): void {
    timer = undefined;
    void poll().then(() => {
      if (lanes.size > 0) timer ??= timers.after(FEED_POLL_MS, tick);
    });
  }

  /** One statement, whatever the number of lanes. */
  async function poll(): Promise<void> {
    if (lanes.size === 0) return;
    try {
      const heads = await table.readHeads([...lanes.keys()]);
      for (const [key, lane] of lanes) {
        lane.tell(heads.get(key) ?? 0);
        lane.retry();
      }
      if (isAway) log.info('Subscriptions are told of changes again.', { topic: table.topic });
      isAway = false;
    } catch (error) {
      onFailure(error);
    }
  }

  function onFailure(err: unknown): void {
    if (!isAway)
      log.warn('Subscriptions hear nothing new: their table is away.', { topic: table.topic, err });
    isAway = true;
  }

  function openLane(key: string): Lane<Row> {
    const onEmpty = () => {
      if (lanes.get(key) !== lane) return;
      lanes.delete(key);
      if (lanes.size === 0) rest();
    };
    const lane = createLane({ key, table, turnstile, listen, onFailure, onEmpty });
    lanes.set(key, lane);
    return lane;
  }

  return {
    follow: ({ key, ...request }) => (lanes.get(key) ?? openLane(key)).join(request),
    [Symbol.dispose]() {
      resync[Symbol.dispose]();
      lanes.clear();
      rest();
    },
  };
}
