import type { Clock } from '../system/clock.ts';
import { SlowConsumerError, UnauthenticatedError } from '../system/expected-error.ts';
import type { Timers } from '../system/timers.ts';
import type { LiveSource } from './live-source.ts';

/** How often streams are looked at: a key that is revoked or expires ends its streams no later. */
export const STREAM_BEAT_MS = 1_000;

/** How long a subscriber may leave what is at hand for it before its stream is ended. */
export const SLOW_CONSUMER_MS = 30_000;

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

/** None yet. */
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
      const { stream, iterator } = createStream(source, terms, () => streams.delete(stream));
      if (isOver || terms.signal.aborted) stream.end();
      else {
        streams.add(stream);
        timer ??= timers.after(STREAM_BEAT_MS, beat);
      }
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
  onOver: () => void,
): { readonly stream: Stream; readonly iterator: AsyncIterableIterator<Value, undefined> } {
  let isOver = false;
  let failure: Error | undefined;
  let isAsked = false;
  let wake: PromiseWithResolvers<void> | undefined;
  /** Since when something has been left at hand; undefined: nothing is, or somebody waits for it. */
  let leftSinceMs: number | undefined;
  const rouse = () => wake?.resolve();

  function end(error?: Error): void {
    if (isOver) return;
    isOver = true;
    failure = error;
    signal.removeEventListener('abort', leave);
    source[Symbol.dispose]();
    onOver();
    rouse();
  }
  const leave = () => end();
  signal.addEventListener('abort', leave);
  source.onWake(rouse);

  function beat(nowMs: number): void {
    if (!isAllowed()) return end(new UnauthenticatedError('The API key is not valid any more.'));
    if (isAsked || !source.hasMore()) return void (leftSinceMs = undefined);
    leftSinceMs ??= nowMs;
    if (nowMs - leftSinceMs < SLOW_CONSUMER_MS) return;
    end(new SlowConsumerError(`The stream was not read for ${SLOW_CONSUMER_MS / 1000} s.`));
  }

  async function next(): Promise<IteratorResult<Value, undefined>> {
    for (;;) {
      if (!isOver && !isAllowed()) end(new UnauthenticatedError('The API key is not valid any more.'));
      if (isOver) {
        const error = failure;
        failure = undefined;
        if (error !== undefined) throw error;
        return { value: undefined, done: true };
      }
      const value = source.take();
      if (value !== undefined) return { value, done: false };
      wake = Promise.withResolvers<void>();
      const refilled = source.refill?.();
      try {
        await (refilled === undefined ? wake.promise : Promise.race([refilled, wake.promise]));
      } catch (error) {
        end(error as Error);
      }
    }
  }

  const iterator: AsyncIterableIterator<Value, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      isAsked = true;
      leftSinceMs = undefined;
      try {
        return await next();
      } finally {
        isAsked = false;
      }
    },
    return() {
      end();
      return Promise.resolve({ value: undefined, done: true });
    },
  };
  return { stream: { beat, end: () => end() }, iterator };
}
