import type { Timers } from '../../system/timers.ts';

// From one who makes items to one who takes them, at the taker's pace.
//
// | state  | next()                         | post(), give()                             | until                 |
// |--------|--------------------------------|--------------------------------------------|-----------------------|
// | open   | the oldest item, or waits      | queued; give() waits till more is wanted   | end(), fail(), return() |
// | ending | the oldest item, then the end  | dropped                                    | all was taken, return() |
// | over   | the end                        | dropped                                    |                       |

/** What a hand-over does when its taker does not take. */
export interface HandOverOptions {
  readonly timers: Timers;
  /** How long the taker may stay away while something is there for it, or its maker waits to go on. */
  readonly patienceMs: number;
  /** Told once, when it stayed away for longer. */
  readonly onSlow: () => void;
  /** Told once, when it left before the end. */
  readonly onLeft: () => void;
}

/** The taker's side: to be asked for one item at a time. Leaving takes effect at once, also amid a `next()`. */
export interface Taker<Item> {
  next(): Promise<IteratorResult<Item, undefined>>;
  return(): Promise<IteratorResult<Item, undefined>>;
}

/** The maker's side. */
export interface HandOver<Item> {
  readonly taker: Taker<Item>;
  /** Adds an item without waiting: for a few that are small. */
  post(item: Item): void;
  /** Adds an item; resolves when it was taken and more is wanted, or when nothing is taken any more. */
  give(item: Item): Promise<void>;
  /** Adds the last item. */
  end(last: Item): void;
  /** Ends with an error, which the taker meets after everything that was added before. */
  fail(error: unknown): void;
  /** Resolves when the taker has come to the end, or left. */
  readonly over: Promise<void>;
}

const done: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** Opens one: its maker may add items until it ends it, its taker take them until it leaves. */
export function createHandOver<Item>(options: HandOverOptions): HandOver<Item> {
  type Taken = IteratorResult<Item, undefined>;
  const queue: Promise<Taken>[] = [];
  const over = Promise.withResolvers<void>();
  let state: 'open' | 'ending' | 'over' = 'open';
  let asking: ((result: Taken | Promise<Taken>) => void) | undefined;
  let giving: PromiseWithResolvers<void> | undefined;
  let patience: Disposable | undefined;
  let isSlow = false;

  function add(result: Promise<Taken>): void {
    // Whoever takes it sees a failure; until then it is nobody's.
    result.catch(() => undefined);
    if (asking === undefined) queue.push(result);
    else asking(result);
    asking = undefined;
    awaitTaker();
  }

  function awaitTaker(): void {
    patience?.[Symbol.dispose]();
    const isAwaited = queue.length > 0 || giving !== undefined;
    if (state !== 'open' || asking !== undefined || !isAwaited || isSlow) return;
    patience = options.timers.after(options.patienceMs, () => {
      isSlow = true;
      options.onSlow();
    });
  }

  function letMakerGoOn(): void {
    giving?.resolve();
    giving = undefined;
  }

  function finish(last: Promise<Taken>): void {
    if (state !== 'open') return;
    state = 'ending';
    letMakerGoOn();
    add(last);
  }

  function close(): void {
    state = 'over';
    queue.length = 0;
    patience?.[Symbol.dispose]();
    letMakerGoOn();
    asking?.(done);
    asking = undefined;
    over.resolve();
  }

  const taker: Taker<Item> = {
    next() {
      const first = queue.shift();
      if (first === undefined && state !== 'open') close();
      if (state === 'over') return Promise.resolve(done);
      if (first === undefined) letMakerGoOn();
      const { promise, resolve } = Promise.withResolvers<Taken>();
      if (first === undefined) asking = resolve;
      else resolve(first);
      awaitTaker();
      return promise;
    },
    return() {
      const leaves = state === 'open';
      if (state !== 'over') close();
      if (leaves) options.onLeft();
      return Promise.resolve(done);
    },
  };

  return {
    taker,
    post(item) {
      if (state === 'open') add(Promise.resolve({ value: item, done: false }));
    },
    async give(item) {
      if (state !== 'open') return;
      giving ??= Promise.withResolvers<void>();
      const { promise } = giving;
      add(Promise.resolve({ value: item, done: false }));
      await promise;
    },
    end: (last) => finish(Promise.resolve({ value: last, done: false })),
    fail: (error) => finish(Promise.reject(error)),
    over: over.promise,
  };
}
