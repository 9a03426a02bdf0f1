import { repeat } from './repeat.ts';
import type { Timers } from './timers.ts';

/** Does away with what is due, in the background until it is disposed of: then the batch under way is the last. */
export interface Sweeper extends AsyncDisposable {
  /** Sweeps what is due by now; returns how much that was. Throws when a batch fails. */
  sweep(): Promise<number>;
}

export interface SweeperOptions {
  /** From the end of one sweep in the background to the beginning of the next. */
  readonly intervalMs: number;
  /** The most that one batch sweeps. */
  readonly batchSize: number;
  /** Sweeps one batch; returns how much that was. Fewer than `batchSize` mean that nothing else is due. */
  readonly sweepBatch: () => Promise<number>;
  /** What the background does each time; absent: a sweep and nothing else. */
  readonly inBackground?: (sweep: () => Promise<number>) => Promise<unknown>;
  /** Is told when that fails; the next time tries again. */
  readonly onFailure: (error: unknown) => void;
  readonly timers: Timers;
}

/** Begins to sweep; the first time is when an interval has passed. */
export function startSweeping(options: SweeperOptions): Sweeper {
  const { intervalMs, batchSize, sweepBatch, onFailure, timers } = options;
  const inBackground = options.inBackground ?? ((sweep) => sweep());
  let closed = false;

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const swept = await sweepBatch();
      total += swept;
      if (swept < batchSize || closed) return total;
    }
  }

  const sweeping = repeat(timers, intervalMs, async () => {
    try {
      await inBackground(sweep);
    } catch (error) {
      onFailure(error);
    }
  });
  return {
    sweep,
    async [Symbol.asyncDispose]() {
      closed = true;
      await sweeping[Symbol.asyncDispose]();
    },
  };
}
