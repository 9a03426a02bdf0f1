// Three ways to have work done one piece at a time. They differ in what becomes of whoever asks while a piece is under
// way: it is given that piece's end, the end of the next one, or has a piece of its own done in its turn.

/** Work of which one run is under way at most: whoever asks during a run is given that one's end. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work().finally(() => (running = undefined)));
}

/** Work in rounds, one after the other, each for all who have asked before it began. */
export interface Rounds {
  /**
   * Resolves when a round that begins after this call has ended, and rejects when that fails. Calls of one turn share
   * a round, as do calls during a round.
   */
  ask(): Promise<void>;
  /** Resolves when no round is under way or asked for. */
  settled(): Promise<void>;
}

/** No round is under way. */
export function createRounds(round: () => Promise<void>): Rounds {
  let next: PromiseWithResolvers<void> | undefined;
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    await Promise.resolve();
    while (next !== undefined) {
      const { resolve, reject } = next;
      next = undefined;
      await round().then(resolve, reject);
    }
    working = undefined;
  }

  return {
    ask() {
      next ??= Promise.withResolvers<void>();
      const { promise } = next;
      working ??= work();
      return promise;
    },
    async settled() {
      await working;
    },
  };
}

/** Pieces of work one after the other, in the order in which they came. */
export interface Serial {
  /** The outcome of a piece; one that fails keeps none from its turn. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when everything that came before this call has ended, well or not. */
  settled(): Promise<void>;
}

/** Nothing is under way. */
export function createSerial(): Serial {
  let last: Promise<void> = Promise.resolve();
  return {
    run(work) {
      const result = last.then(work);
      last = result.then(nothing, nothing);
      return result;
    },
    settled: () => last,
  };
}

const nothing = () => undefined;
