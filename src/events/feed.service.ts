import { createFaultOutage } from '../storage/outage/fault-outage.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus } from './bus.ts';
import { createKeyFeed, type KeyFeed } from './key-feed.service.ts';
import { createListening } from './listening.service.ts';
import type { LiveSource } from './live-source.ts';
import type { Losses } from './losses.service.ts';
import type { FollowRequest, NumberedTable } from './numbered-table.ts';
import { START } from './resume.ts';
import { createSemaphore } from './semaphore.service.ts';

/** Follows a numbered table for any number of subscribers, with one reader for each key that somebody follows. */
export interface Feed<Row> extends Disposable {
  /**
   * Each relevant row after the cursor exactly once and in order, for as long as the source is not disposed of.
   * Throws CursorExpiredError when nothing stands at the cursor (any more), UnavailableError; the source's `refill`
   * throws CursorExpiredError when rows went away before they were read, or some that were read have gone.
   */
  follow(request: FollowRequest<Row>): Promise<LiveSource<Row>>;
}

export interface FeedOptions<Row> {
  readonly table: NumberedTable<Row>;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
  /** Hears that the table lacks what was read of it. */
  readonly losses?: Pick<Losses, 'report'>;
}

/** How often readers ask for rows of which no event arrived. */
export const FEED_POLL_MS = 2_000;

/** Subscribers that read the table by themselves at once. */
const READS_AT_ONCE = 3;

/** Nobody follows anything yet, and nothing is read: the bus is heard and the table polled while somebody does. */
export function createFeed<Row>({ table, bus, timers, log, losses }: FeedOptions<Row>): Feed<Row> {
  const keyFeeds = new Map<string, KeyFeed<Row>>();
  const semaphore = createSemaphore(READS_AT_ONCE);
  const outage = createFaultOutage(log, {
    begun: 'Subscriptions hear nothing new: their table is away.',
    ended: 'Subscriptions are told of changes again.',
  });
  const listening = createListening({
    bus,
    timers,
    topic: table.topic,
    onEvent: (event) => keyFeeds.get(table.keyOf(event))?.notify(event.seq),
    onResync: poll,
    pollMs: FEED_POLL_MS,
    poll,
  });

  /** One statement, whatever the number of keys that are followed. */
  async function poll(): Promise<void> {
    try {
      const heads = await table.readHeads([...keyFeeds.keys()]);
      for (const [key, keyFeed] of keyFeeds) {
        keyFeed.see(heads.get(key) ?? START);
        keyFeed.retry();
      }
      outage.end({ topic: table.topic });
    } catch (error) {
      onFailure(error);
    }
  }

  function onFailure(err: unknown): void {
    outage.begin(err, { topic: table.topic });
  }

  function openKeyFeed(key: string): KeyFeed<Row> {
    const onEmpty = () => {
      if (keyFeeds.get(key) !== keyFeed) return;
      keyFeeds.delete(key);
      if (keyFeeds.size === 0) listening.stop();
    };
    const keyFeed = createKeyFeed({
      ...{ key, table, semaphore, listen: listening.start, onFailure, onEmpty },
      onWentBack: (from, to) => losses?.report({ topic: table.topic, key, knownSeq: from.seq, seq: to.seq }),
    });
    keyFeeds.set(key, keyFeed);
    return keyFeed;
  }

  return {
    follow: ({ key, ...request }) => (keyFeeds.get(key) ?? openKeyFeed(key)).follow(request),
    [Symbol.dispose]() {
      keyFeeds.clear();
      listening.stop();
    },
  };
}
