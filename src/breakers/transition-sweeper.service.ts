import type { Db } from '../storage/database.ts';
import type { Log } from '../system/log.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { deleteOldTransitions } from './transition.store.ts';

/** How long transitions are kept. */
export const TRANSITION_RETENTION_MS = 90 * 24 * 3_600_000;

/** How often an instance looks for transitions that are older. */
export const TRANSITION_SWEEP_INTERVAL_MS = 3_600_000;

/** Deletes transitions that are not kept any more. */
export interface TransitionSweeper extends AsyncDisposable {
  /** Deletes what is too old by now; returns how many that were. */
  sweep(): Promise<number>;
}

const SWEEP_BATCH = 500;

/** Sweeps in the background until it is disposed of. Any number of instances may: none waits for another. */
export function startTransitionSweeper(parts: {
  readonly db: Db;
  readonly timers: Timers;
  readonly log: Log;
}): TransitionSweeper {
  const { db, timers, log } = parts;
  let closed = false;

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const deleted = await deleteOldTransitions(db, TRANSITION_RETENTION_MS, SWEEP_BATCH);
      total += deleted;
      if (deleted < SWEEP_BATCH || closed) return total;
    }
  }

  async function run(): Promise<void> {
    try {
      await sweep();
    } catch (err) {
      log.warn('Old transitions of breakers could not be deleted; the next sweep tries again.', { err });
    }
  }

  const sweeping = repeat(timers, TRANSITION_SWEEP_INTERVAL_MS, run);
  return {
    sweep,
    async [Symbol.asyncDispose]() {
      closed = true;
      await sweeping[Symbol.asyncDispose]();
    },
  };
}
