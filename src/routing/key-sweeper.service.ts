import type { Database } from '../storage/database.ts';
import type { Log } from '../system/log.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { deleteExpiredKeys } from './idempotency.store.ts';
import { RESULT_RETENTION_MS } from './idempotency.ts';

/** Deletes idempotency keys that have expired, and with them the answers that are stored there. */
export interface KeySweeper extends AsyncDisposable {
  /** Deletes what has expired by now; returns how many keys that were. */
  sweep(): Promise<number>;
}

export interface KeySweeperDependencies {
  readonly database: Database;
  readonly timers: Timers;
  readonly log: Log;
  /** How long a lease that has ended is kept, in case that its call's result was spooled and is still to come. */
  readonly leaseGraceMs?: number;
}

/** How often an instance looks for expired keys: a stored answer outlives its retention by no more. */
export const KEY_SWEEP_INTERVAL_MS = 60_000;

const SWEEP_BATCH = 500;

/** Sweeps in the background until it is disposed of. Any number of instances may: none waits for another. */
export function startKeySweeper(dependencies: KeySweeperDependencies): KeySweeper {
  const { database, timers, log, leaseGraceMs = RESULT_RETENTION_MS } = dependencies;

  let closed = false;

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const deleted = await deleteExpiredKeys(database.prisma, leaseGraceMs, SWEEP_BATCH);
      total += deleted;
      if (deleted < SWEEP_BATCH || closed) return total;
    }
  }

  async function run(): Promise<void> {
    try {
      await sweep();
    } catch (err) {
      log.warn('Expired idempotency keys could not be deleted; the next sweep tries again.', { err });
    }
  }

  const sweeping = repeat(timers, KEY_SWEEP_INTERVAL_MS, run);
  return {
    sweep,
    async [Symbol.asyncDispose]() {
      closed = true;
      await sweeping[Symbol.asyncDispose]();
    },
  };
}
