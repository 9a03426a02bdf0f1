import { nextTurn } from '../system/turn.node.ts';

/** A stream that can be ended from outside while its consumer waits for the next value. */
export interface Endable<Value> extends AsyncIterableIterator<Value, undefined> {
  /** The consumer gets no further value, and the source is told to return. Ending twice is harmless. */
  readonly end: () => void;
}

/** What is done around the life of a stream. */
export interface EndableHooks<Value> {
  /** Once, when it ends for whatever reason, before the source is told to return. */
  readonly onEnd: () => void;
  /** The last value of a stream whose source has failed. */
  readonly lastWord: (error: unknown) => Value;
  /** The source has failed after the end, when nobody listens any more. */
  readonly onLateFailure: (error: unknown) => void;
}

/**
 * After so many values the process attends to its other work. A source that has all its values at hand and a consumer
 * that takes them as fast would otherwise keep it from that: neither of them ever waits for anything outside.
 */
const valuesPerTurn = 64;

/**
 * Gives a source an end that takes effect at once: a generator that waits for something hears a `return()` only when
 * that has come, so neither the consumer nor whoever ends the stream waits for it. To be asked for one value at a time.
 */
export function makeEndable<Value>(source: AsyncIterable<Value>, hooks: EndableHooks<Value>): Endable<Value> {
  const over: IteratorReturnResult<undefined> = { value: undefined, done: true };
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  let values = 0;
  let answer: ((result: IteratorResult<Value, undefined>) => void) | undefined;

  function end(): void {
    if (ended) return;
    ended = true;
    hooks.onEnd();
    answer?.(over);
    letGo(iterator).catch(hooks.onLateFailure);
  }

  async function advance(): Promise<void> {
    try {
      if ((values += 1) % valuesPerTurn === 0) await nextTurn();
      if (ended) return;
      const result = await iterator.next();
      if (result.done === true) end();
      else answer?.(result);
    } catch (error) {
      if (ended) return hooks.onLateFailure(error);
      answer?.({ value: hooks.lastWord(error), done: false });
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
