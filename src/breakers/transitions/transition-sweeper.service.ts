import type { Db } from '../../storage/database.ts';
import { reportFault } from '../../storage/outage/report-fault.ts';
import type { Log } from '../../system/log.ts';
import { startSweeping, type Sweeper } from '../../system/sweeper.ts';
import type { Timers } from '../../system/timers.ts';
import { deleteOldTransitions } from './transition.store.ts';

/** How long transitions are kept. */
export const TRANSITION_RETENTION_MS = 90 * 24 * 3_600_000;

/** How often an instance looks for transitions that are older. */
export const TRANSITION_SWEEP_INTERVAL_MS = 3_600_000;

const SWEEP_BATCH = 500;

/**
 * Deletes transitions that are not kept any more. Any number of instances may: those who do at once wait for each other,
 * because what is kept must have no gap.
 */
export function startTransitionSweeper(parts: {
  readonly db: Db;
  readonly timers: Timers;
  readonly log: Log;
}): Sweeper {
  return startSweeping({
    ...parts,
    intervalMs: TRANSITION_SWEEP_INTERVAL_MS,
    batchSize: SWEEP_BATCH,
    sweepBatch: () => deleteOldTransitions(parts.db, TRANSITION_RETENTION_MS, SWEEP_BATCH),
    onFailure: (error) =>
      reportFault(
        parts.log,
        'Old transitions of breakers could not be deleted; the next sweep tries again.',
        error,
      ),
  });
}
