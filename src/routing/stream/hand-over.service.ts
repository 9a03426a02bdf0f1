import { createEndable, type Endable } from '../../system/endable.ts';
import type { Timers } from '../../system/timers.ts';

// From one who makes items to one who takes them, at the taker's pace.
//
// | state  | the taker's next()             | post(), give()                             | until                   |
// |--------|--------------------------------|--------------------------------------------|-------------------------|
// | open   | the oldest item, or waits      | queued; give() waits till more is wanted   | end(), fail(), return() |
// | ending | the oldest item, then the end  | dropped                                    | all was taken, return() |
// | over   | the end                        | dropped                                    |                         |

/** What a hand-over does as its taker takes, or does not. */
export interface HandOverOptions {
  readonly timers: Timers;
  /** Told once, when the taker asks for the first time. */
  readonly onBegin: () => void;
  /** How long the taker may stay away while something is there for it, or its maker waits to go on. */
  readonly patienceMs: number;
  /** Told once, when it stayed away for longer. */
  readonly onSlow: () => void;
  /** Told once, when it left before the end. */
  readonly onLeft: () => void;
}

/** The maker's side. */
export interface HandOver<Item> {
  /** The taker's side. */
  readonly taker: Endable<Item>;
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

/** An open one. */
export function createHandOver<Item>(options: HandOverOptions): HandOver<Item> {
  /** Each gives its item, or throws. */
  const queue: (() => Item)[] = [];
  const over = Promise.withResolvers<void>();
  let hasBegun = false;
  let isOpen = true;
  /** The taker waits for an item. */
  let asking: PromiseWithResolvers<void> | undefined;
  let giving: PromiseWithResolvers<void> | undefined;
  let patience: Disposable | undefined;
  let isSlow = false;

  async function pull(): Promise<Item | undefined> {
    if (!hasBegun) options.onBegin();
    hasBegun = true;
    if (queue.length === 0 && isOpen) {
      giving?.resolve();
      giving = undefined;
      asking = Promise.withResolvers<void>();
      awaitTaker();
      await asking.promise;
    }
    const first = queue.shift();
    awaitTaker();
    return first?.();
  }

  function awaitTaker(): void {
    patience?.[Symbol.dispose]();
    const isAwaited = queue.length > 0 || giving !== undefined;
    if (!isOpen || asking !== undefined || !isAwaited || isSlow) return;
    patience = options.timers.after(options.patienceMs, () => {
      isSlow = true;
      options.onSlow();
    });
  }

  function tellTaker(): void {
    asking?.resolve();
    asking = undefined;
    awaitTaker();
  }

  function add(item: () => Item): void {
    if (!isOpen) return;
    queue.push(item);
    tellTaker();
  }

  function close(): void {
    isOpen = false;
    giving?.resolve();
    giving = undefined;
    tellTaker();
  }

  const taker = createEndable<Item>({
    pull,
    onEnd() {
      const leaves = isOpen;
      close();
      queue.length = 0;
      over.resolve();
      if (leaves) options.onLeft();
    },
  });

  return {
    taker,
    post: (item) => add(() => item),
    async give(item) {
      if (isOpen) giving ??= Promise.withResolvers<void>();
      const wanted = giving?.promise;
      add(() => item);
      await wanted;
    },
    end(last) {
      add(() => last);
      close();
    },
    fail(error) {
      add(() => {
        throw error;
      });
      close();
    },
    over: over.promise,
  };
}
