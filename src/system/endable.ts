/** How long a consumer may leave what is at hand for it before its stream is ended. */
export const SLOW_CONSUMER_MS = 30_000;

/**
 * A stream that can be ended from outside, at once, also while its consumer waits for a value. To be asked for one value
 * at a time.
 */
export interface Endable<Value> extends AsyncIterableIterator<Value, undefined> {
  /** There are no more values. Ending twice, in whatever way, is harmless. */
  end(): void;
  /** As `end`; whoever waits or asks next is given this value before that. */
  endWith(last: Value): void;
  /** As `end`; whoever waits or asks next meets this error, once. */
  fail(error: unknown): void;
  return(): Promise<IteratorReturnResult<undefined>>;
  hasEnded(): boolean;
  /** Whether its consumer waits for a value. */
  isAwaited(): boolean;
}

export interface EndableOptions<Value> {
  /** The next value; undefined: there is none any more. What it brings after the end is lost. */
  readonly pull: () => Promise<Value | undefined>;
  /** Once, when the stream ends for whatever reason: lets go of what it is made of. */
  readonly onEnd: () => void;
  /** `pull` has failed after the end, when nobody waits for it any more. */
  readonly onLateFailure?: (error: unknown) => void;
}

/**
 * A stream of what `pull` brings. (A generator would hear of its end only when what it waits for has come, so that
 * neither its consumer nor whoever ends it would get away before that.)
 */
export function createEndable<Value>(options: EndableOptions<Value>): Endable<Value> {
  type Result = IteratorResult<Value, undefined>;
  let ended = false;
  /** What the first who asks after the end is given. */
  let last: Promise<Result> | undefined;
  let waiting: PromiseWithResolvers<Result> | undefined;

  function finish(result: Promise<Result>): void {
    if (ended) return;
    ended = true;
    // It is met by whoever asks for it; until then it is nobody's.
    result.catch(() => undefined);
    if (waiting === undefined) last = result;
    waiting?.resolve(result);
    waiting = undefined;
    options.onEnd();
  }

  async function advance(): Promise<void> {
    try {
      const value = await options.pull();
      if (ended) return;
      if (value === undefined) return stream.end();
      waiting?.resolve({ value, done: false });
      waiting = undefined;
    } catch (error) {
      if (ended) options.onLateFailure?.(error);
      else stream.fail(error);
    }
  }

  const stream: Endable<Value> = {
    [Symbol.asyncIterator]: () => stream,
    next() {
      const result = last ?? over;
      last = undefined;
      if (ended) return Promise.resolve(result);
      waiting = Promise.withResolvers<Result>();
      const { promise } = waiting;
      void advance();
      return promise;
    },
    return() {
      finish(over);
      last = undefined;
      return over;
    },
    end: () => finish(over),
    endWith: (value) => finish(Promise.resolve({ value, done: false })),
    fail: (error) => finish(Promise.reject(error)),
    hasEnded: () => ended,
    isAwaited: () => waiting !== undefined,
  };
  return stream;
}

const over: Promise<IteratorReturnResult<undefined>> = Promise.resolve({ value: undefined, done: true });
