import { onAbort } from '../system/abort.ts';
import type { Clock } from '../system/clock.ts';
import { createEndable, SLOW_CONSUMER_MS, type Endable } from '../system/endable.ts';
import { SlowConsumerError, UnauthenticatedError } from '../system/expected-error.ts';
import type { Timers } from '../system/timers.ts';
import type { LiveSource } from './live-source.ts';

/** How often streams are looked at: a key that is revoked or expires ends its streams no later. */
export const STREAM_BEAT_MS = 1_000;

/** Every subscription of this instance that goes on by itself. One timer looks after all of them. */
export interface LiveStreams extends Disposable {
  /** A stream of what a source has, which it owns from now on. */
  open<Value>(source: LiveSource<Value>, terms: StreamTerms): AsyncIterableIterator<Value, undefined>;
  count(): number;
  /** Ends all, and at once those that are still to come; none of them fails. */
  endAll(): Promise<void>;
}

/** What a stream depends on. */
export interface StreamTerms {
  /** Aborts when its subscriber has gone. */
  readonly signal: AbortSignal;
  /** Whether its subscriber may be told anything now: is asked before each value, and regularly. */
  readonly isAllowed: () => boolean;
}

/** One stream, as the timer looks after it. */
interface Stream {
  beat(nowMs: number): void;
  end(): void;
}

/** No stream is open. */
export function createLiveStreams({ clock, timers }: { clock: Clock; timers: Timers }): LiveStreams {
  const streams = new Set<Stream>();
  let timer: Disposable | undefined;
  let isOver = false;

  function beat(): void {
    timer = undefined;
    const nowMs = clock.monotonicMs();
    for (const stream of [...streams]) stream.beat(nowMs);
    if (streams.size > 0) timer = timers.after(STREAM_BEAT_MS, beat);
  }

  function endAll(): void {
    isOver = true;
    timer?.[Symbol.dispose]();
    timer = undefined;
    for (const stream of [...streams]) stream.end();
  }

  return {
    open(source, terms) {
      const iterator = createStream(source, terms, streams);
      if (isOver) iterator.end();
      else if (streams.size > 0) timer ??= timers.after(STREAM_BEAT_MS, beat);
      return iterator;
    },
    count: () => streams.size,
    async endAll() {
      endAll();
    },
    [Symbol.dispose]: endAll,
  };
}

/**
 * A stream over a source. A failure is met once, by whoever asks next, and is then the end; the source is let go as
 * soon as the stream is over, so that one that nobody reads holds nothing.
 */
function createStream<Value>(
  source: LiveSource<Value>,
  { signal, isAllowed }: StreamTerms,
  streams: Set<Stream>,
): Endable<Value> {
  let listening: Disposable | undefined = undefined;
  let wake: PromiseWithResolvers<void> | undefined;
  /** Since when something has been left at hand; undefined: nothing is, or somebody waits for it. */
  let leftSinceMs: number | undefined;
  source.onWake(() => wake?.resolve());

  async function pull(): Promise<Value | undefined> {
    leftSinceMs = undefined;
    while (!iterator.hasEnded()) {
      requireAllowed();
      const value = source.take();
      if (value !== undefined) return value;
      wake = Promise.withResolvers<void>();
      const refilled = source.refill?.();
      await (refilled === undefined ? wake.promise : Promise.race([refilled, wake.promise]));
    }
    return undefined;
  }

  function requireAllowed(): void {
    if (!isAllowed()) throw new UnauthenticatedError('The API key is not valid any more.');
  }

  function beat(nowMs: number): void {
    try {
      requireAllowed();
      if (iterator.isAwaited() || !source.hasMore()) return void (leftSinceMs = undefined);
      leftSinceMs ??= nowMs;
      if (nowMs - leftSinceMs >= SLOW_CONSUMER_MS) {
        throw new SlowConsumerError(`The stream was not read for ${SLOW_CONSUMER_MS / 1000} s.`);
      }
    } catch (error) {
      iterator.fail(error);
    }
  }

  const iterator = createEndable<Value>({
    pull,
    onEnd() {
      listening?.[Symbol.dispose]();
      streams.delete(stream);
      source[Symbol.dispose]();
    },
  });
  const stream: Stream = { beat, end: iterator.end };
  streams.add(stream);
  listening = onAbort(signal, iterator.end);
  return iterator;
}
