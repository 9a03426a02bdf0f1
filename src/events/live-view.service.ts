import { createFaultOutage } from '../storage/outage/fault-outage.ts';
import type { TableVersion } from '../storage/table-version.ts';
import type { Log } from '../system/log.ts';
import { createRounds } from '../system/one-at-a-time.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import type { Bus, BusEvent } from './bus.ts';
import type { Losses } from './losses.service.ts';
import type { Topic } from './topic.ts';

/** A copy of something in the database that is always there to be read and follows its changes. */
export interface LiveView<T> extends AsyncDisposable {
  /** The copy itself. Reading it neither waits nor fails, whatever has become of the database. */
  current(): T;
  /**
   * Resolves when the copy holds everything committed before the call. Never rejects: while the database is away
   * the copy stays as it is, and the poll catches up later.
   */
  refresh(): Promise<void>;
  /** Whether the last look failed: the copy may lack what has been committed since. */
  isAway(): boolean;
  /** How many looks at the table have begun. What was committed before this call, a later one sees. */
  looksBegun(): number;
}

/** What was read of a table: its version and its content, of one moment and one copy of the database. */
export interface Loaded<T> {
  readonly version: TableVersion;
  readonly value: T;
}

export interface LiveViewOptions<T> {
  readonly topic: Topic;
  readonly bus: Bus;
  readonly load: () => Promise<Loaded<T>>;
  /** The present version: what a poll compares. */
  readonly readVersion: () => Promise<TableVersion>;
  /** Whether an event tells of something that the copy lacks; absent: when its seq is higher than the copy's. */
  readonly isNews?: (event: BusEvent, copy: T) => boolean;
  /**
   * Asked at every look that succeeds: whether what it found lacks something that was known, though the table's number
   * has not fallen. `found` is the copy itself where nothing has changed.
   */
  readonly hasLost?: (found: T, copy: T) => boolean;
  readonly timers: Timers;
  readonly pollMs: number;
  readonly log: Log;
  /** Hears that the table lacks what was known of it, for all views together; absent: the view tells the log itself. */
  readonly losses?: Pick<Losses, 'report'> | undefined;
}

/**
 * The product's only cache: loaded once, reloaded whenever the table is at another version. A change is noticed by its
 * event or `refresh` at once, and by the poll at the latest. What an event says is never taken for the truth: it only
 * tells when to look, and one that is older than the copy does not even do that. What a look finds always counts, also
 * when it is older: then the database has been replaced by a copy that lacks the last changes, and is right all the
 * same; the log is told. Rejects when the first load fails.
 */
export async function createLiveView<T>(options: LiveViewOptions<T>): Promise<LiveView<T>> {
  const { topic, bus, load, readVersion, timers, pollMs, log } = options;
  let copy = await load();
  let looksBegun = 1;
  const isNews = options.isNews ?? (({ seq }) => seq > copy.version.seq);
  const outage = createFaultOutage(log, {
    begun: 'The live view cannot reach its table and keeps what it knows.',
    ended: 'The live view follows its table again.',
  });
  let closed = false;

  function take(found: Loaded<T>): void {
    const hasLost = options.hasLost?.(found.value, copy.value) ?? false;
    if (hasLost || (found !== copy && found.version.seq <= copy.version.seq)) {
      const seqs = { knownSeq: copy.version.seq, seq: found.version.seq };
      if (options.losses !== undefined) options.losses.report({ topic, ...seqs });
      else
        log.warn('The table lacks what was known of it: the live view goes back with it.', {
          topic,
          ...seqs,
        });
    }
    copy = found;
  }

  // One look at a time: a call during a look may come after that has read, so it shares the next one.
  const looks = createRounds(async () => {
    looksBegun += 1;
    try {
      take(isSame(await readVersion(), copy.version) ? copy : await load());
      outage.end({ topic });
    } catch (err) {
      outage.begin(err, { topic });
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
    refresh,
    isAway: () => outage.isOn(),
    looksBegun: () => looksBegun,
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      await polling[Symbol.asyncDispose]();
      await looks.settled();
    },
  };
}

function isSame(one: TableVersion, other: TableVersion): boolean {
  return one.seq === other.seq && one.tag === other.tag;
}
