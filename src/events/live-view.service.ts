import type { Log } from '../system/log.ts';
import { createRounds } from '../system/one-at-a-time.ts';
import { createOutage } from '../system/outage.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus, BusEvent } from './bus.ts';
import type { Topic } from './topic.ts';

/** A copy of something in the database that is always there to be read and follows its changes. */
export interface LiveView<T> extends AsyncDisposable {
  /** The copy itself. Reading it neither waits nor fails, whatever has become of the database. */
  current(): T;
  /** The sequence number of the copy; it never decreases. */
  seq(): number;
  /**
   * Resolves when the copy holds everything committed before the call. Never rejects: while the database is away
   * the copy stays as it is, and the poll catches up later.
   */
  refresh(): Promise<void>;
}

export interface LiveViewOptions<T> {
  readonly topic: Topic;
  readonly bus: Bus;
  /** Reads the sequence number first and the value after it: a change in between then only costs another load. */
  readonly load: () => Promise<{ readonly seq: number; readonly value: T }>;
  /** The present sequence number of the topic: what a poll compares. */
  readonly readSeq: () => Promise<number>;
  /** Whether an event tells of something that the copy lacks; absent: when its seq is higher than the copy's. */
  readonly isNews?: (event: BusEvent, copy: T) => boolean;
  readonly timers: Timers;
  readonly pollMs: number;
  readonly log: Log;
}

/**
 * The product's only cache: loaded once, reloaded whenever the topic's sequence number has moved on. A change is
 * noticed by its event or `refresh` at once, and by the poll at the latest. What an event says is never taken for the
 * truth: it only tells when to look. Rejects when the first load fails.
 */
export async function createLiveView<T>(options: LiveViewOptions<T>): Promise<LiveView<T>> {
  const { topic, bus, load, readSeq, timers, pollMs, log } = options;
  let copy = await load();
  const isNews = options.isNews ?? (({ seq }) => seq > copy.seq);
  const outage = createOutage(log, {
    begun: 'The live view cannot reach its table and keeps what it knows.',
    ended: 'The live view follows its table again.',
  });
  let closed = false;

  // One look at a time: a call during a look may come after that has read, so it shares the next one.
  const looks = createRounds(async () => {
    try {
      if ((await readSeq()) > copy.seq) {
        const loaded = await load();
        if (loaded.seq > copy.seq) copy = loaded;
      }
      outage.end({ topic });
    } catch (err) {
      outage.begin({ topic, err });
    }
  });
  const refresh = () => (closed ? Promise.resolve() : looks.ask());

  const subscriptions = [
    bus.onResync(refresh),
    await bus.subscribe(topic, (event) => (isNews(event, copy.value) ? refresh() : undefined)),
  ];
  // Whatever was changed between the load and the subscription.
  await refresh();
  const polling = repeat(timers, pollMs, refresh);

  return {
    current: () => copy.value,
    seq: () => copy.seq,
    refresh,
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      await polling[Symbol.asyncDispose]();
      await looks.settled();
    },
  };
}
