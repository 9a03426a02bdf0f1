import type { Database } from '../../storage/database.ts';
import { reportFault } from '../../storage/outage/report-fault.ts';
import type { Log } from '../../system/log.ts';
import { startSweeping, type Sweeper } from '../../system/sweeper.ts';
import type { Timers } from '../../system/timers.ts';
import { deleteExpiredKeys } from './idempotency.store.ts';
import { RESULT_RETENTION_MS } from './idempotency.ts';

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

/**
 * Deletes idempotency keys that have expired, and with them the answers that are stored there. Any number of instances
 * may: none waits for another.
 */
export function startKeySweeper(dependencies: KeySweeperDependencies): Sweeper {
  const { database, timers, log, leaseGraceMs = RESULT_RETENTION_MS } = dependencies;
  return startSweeping({
    timers,
    intervalMs: KEY_SWEEP_INTERVAL_MS,
    batchSize: SWEEP_BATCH,
    sweepBatch: () => deleteExpiredKeys(database.prisma, leaseGraceMs, SWEEP_BATCH),
    onFailure: (error) =>
      reportFault(log, 'Expired idempotency keys could not be deleted; the next sweep tries again.', error),
  });
}
