import type { Timers } from '../../system/timers.ts';
import type { Beginning } from './writing.ts';

/**
 * How long a beginning waits for its end to share its transaction with: so long at least, less than twice as long.
 * The provider works meanwhile, so nobody waits for it.
 */
const HOLD_MS = 25;

/** How long one waits that the first token of a stream waits for: until the turn is over in which the call is sent. */
const AWAITED_HOLD_MS = 1;

/** Beginnings that wait for their ends before they are written. */
export interface HeldBeginnings {
  /** Resolves when the beginning is durable: with its end, or alone once it has waited long enough. */
  hold(beginning: Beginning, isAwaited: boolean, whenSpooled?: () => Beginning): Promise<unknown>;
  /** Writes the beginning of this call, if it waits. Those of others go on waiting for ends of their own. */
  letGo(decisionId: string): void;
  /** Writes all that wait. */
  letAllGo(): void;
}

interface Held {
  readonly beginning: Beginning;
  /** What is written of it where the database does not take it. */
  readonly whenSpooled: () => Beginning;
  readonly done: PromiseWithResolvers<unknown>;
}

/** By their decisions, in the order in which they came. */
type Queue = Map<string, Held>;

/** Holds beginnings in front of `write`, which makes them durable in the order in which it is called. */
export function createHeldBeginnings(
  timers: Timers,
  write: (beginning: Beginning, whenSpooled: () => Beginning) => Promise<unknown>,
): HeldBeginnings {
  // A timer for each would cost more than it is worth: who came since it was set last waits for the next one, too.
  let old: Queue = new Map();
  let young: Queue = new Map();
  const awaited: Queue = new Map();
  let timer: Disposable | undefined;
  let awaitedTimer: Disposable | undefined;

  function release({ beginning, whenSpooled, done }: Held): void {
    done.resolve(write(beginning, whenSpooled));
  }
  function releaseAll(queue: Queue): void {
    for (const held of queue.values()) release(held);
    queue.clear();
  }
  function turn(): void {
    releaseAll(old);
    [old, young] = [young, old];
    timer = old.size > 0 ? timers.after(HOLD_MS, turn) : undefined;
  }
  function releaseAwaited(): void {
    awaitedTimer = undefined;
    releaseAll(awaited);
  }

  return {
    hold(beginning, isAwaited, whenSpooled = () => beginning) {
      const done = Promise.withResolvers<unknown>();
      (isAwaited ? awaited : young).set(beginning.row.id, { beginning, whenSpooled, done });
      if (isAwaited) awaitedTimer ??= timers.after(AWAITED_HOLD_MS, releaseAwaited);
      else timer ??= timers.after(HOLD_MS, turn);
      return done.promise;
    },
    letGo(decisionId) {
      for (const queue of [young, old, awaited]) {
        const held = queue.get(decisionId);
        if (held === undefined) continue;
        queue.delete(decisionId);
        release(held);
      }
    },
    letAllGo() {
      timer?.[Symbol.dispose]();
      awaitedTimer?.[Symbol.dispose]();
      timer = awaitedTimer = undefined;
      for (const queue of [old, young, awaited]) releaseAll(queue);
    },
  };
}
