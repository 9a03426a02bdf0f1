import type { Pace } from './pace.ts';

/** A stream that can be ended from outside while its consumer waits for the next value. */
export interface Endable<Value> extends AsyncIterableIterator<Value, undefined> {
  /** The consumer gets no further value, and the source is told to return. Ending twice is harmless. */
  readonly end: () => void;
}

/** What becomes of the events of a source. */
export interface EndableTerms<Event, Value> {
  /** What the consumer gets of an event. */
  readonly toValue: (event: Event) => Value | Promise<Value>;
  /** Passed by every value. Without it a source that never waits would keep the process from its other work. */
  readonly pace: Pace;
  /** Once, when it ends for whatever reason, before the source is told to return. */
  readonly onEnd: () => void;
  /** The last value of a stream whose source has failed. */
  readonly lastWord: (error: unknown) => Value;
  /** The source has failed after the end, when nobody listens any more. */
  readonly onLateFailure: (error: unknown) => void;
}

/**
 * Gives a source an end that takes effect at once: a generator that waits for something hears a `return()` only when
 * that has come, so neither the consumer nor whoever ends the stream waits for it. To be asked for one value at a time.
 */
export function makeEndable<Event, Value>(
  source: AsyncIterable<Event>,
  { toValue, pace, onEnd, lastWord, onLateFailure }: EndableTerms<Event, Value>,
): Endable<Value> {
  const over: IteratorReturnResult<undefined> = { value: undefined, done: true };
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  let answer: ((result: IteratorResult<Value, undefined>) => void) | undefined;

  function end(): void {
    if (ended) return;
    ended = true;
    onEnd();
    answer?.(over);
    letGo(iterator).catch(onLateFailure);
  }

  async function advance(): Promise<void> {
    try {
      const result = await iterator.next();
      if (result.done === true) return end();
      const turn = pace.pass();
      if (turn !== undefined) await turn;
      if (ended) return;
      const value = toValue(result.value);
      answer?.({ value: value instanceof Promise ? await value : value, done: false });
    } catch (error) {
      if (ended) return onLateFailure(error);
      answer?.({ value: lastWord(error), done: false });
      end();
    }
  }

  return {
    end,
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (ended) return Promise.resolve(over);
      const { promise, resolve } = Promise.withResolvers<IteratorResult<Value, undefined>>();
      answer = resolve;
      void advance();
      return promise;
    },
    return() {
      end();
      return Promise.resolve(over);
    },
  };
}

async function letGo(iterator: AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}
