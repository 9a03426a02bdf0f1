import { writeDraft } from '../../audit/chain.ts';
import type { Bus, BusEvent } from '../../events/bus.ts';
import type { Database, Tx } from '../../storage/database.ts';
import { readDatabaseClock } from '../../storage/database-clock.ts';
import { reportFault } from '../../storage/outage/report-fault.ts';
import { inTransaction } from '../../storage/transaction.ts';
import type { Log } from '../../system/log.ts';
import type { Random } from '../../system/random.ts';
import { startSweeping, type Sweeper } from '../../system/sweeper.ts';
import type { Timers } from '../../system/timers.ts';
import { endedEvents } from './ended-events.ts';
import type { Ledger } from './ledger.service.ts';
import { recordWritingsWithin } from './statement/ledger.store.ts';
import { abandonedDraft } from './record-entries.ts';
import { lockOverdueDecisions, type OverdueDecision } from './sweeper.store.ts';
import type { DecisionEnd, Writing } from './writing.ts';

export interface SweeperDependencies {
  readonly database: Database;
  /** While it spools, an end that is missing may wait there. */
  readonly ledger: Pick<Ledger, 'state'>;
  readonly bus: Bus;
  readonly random: Random;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often an instance looks for abandoned decisions. */
export const SWEEP_INTERVAL_MS = 30_000;

/** How long after its deadline a decision may still be completed before it counts as abandoned. */
export const ABANDONED_AFTER_MS = 60_000;

const SWEEP_BATCH = 100;

/**
 * Ends the decisions whose instance went away before it could record what came of them. Any number of instances may:
 * none waits for another.
 */
export function startSweeper(dependencies: SweeperDependencies): Sweeper {
  const { database, ledger, bus, log } = dependencies;
  return startSweeping({
    ...dependencies,
    intervalMs: SWEEP_INTERVAL_MS,
    batchSize: SWEEP_BATCH,
    async sweepBatch() {
      const { ended, events } = await inTransaction(database.prisma, (tx) => abandon(tx, dependencies));
      for (const event of events) bus.publish(event);
      return ended;
    },
    async inBackground(sweep) {
      if (ledger.state() === 'spooling' || ledger.state() === 'refusing') return;
      const ended = await sweep();
      if (ended > 0)
        log.warn('Decisions were abandoned by the instance that made them.', { decisions: ended });
    },
    onFailure: (error) =>
      reportFault(log, 'Abandoned decisions could not be swept; the next sweep tries again.', error),
  });
}

/** Ends one batch of what is overdue; returns how many, and what is to be told after the commit. */
async function abandon(
  tx: Tx,
  { random }: SweeperDependencies,
): Promise<{ readonly ended: number; readonly events: readonly BusEvent[] }> {
  const overdue = await lockOverdueDecisions(tx, ABANDONED_AFTER_MS, SWEEP_BATCH);
  if (overdue.length === 0) return { ended: 0, events: [] };
  const now = await readDatabaseClock(tx);
  const writings = overdue.map((decision): Writing => ({
    kind: 'completed',
    draft: writeDraft(abandonedDraft(random.uuid(), decision, now)),
    end: abandonedEnd(decision, now),
    key: null,
  }));
  const seqs = await recordWritingsWithin(tx, writings);
  return { ended: overdue.length, events: endedEvents(writings, seqs) };
}

function abandonedEnd({ id }: OverdueDecision, now: number): DecisionEnd {
  return {
    id,
    status: 'ABANDONED',
    attempts: [],
    completedAt: now,
    latencyMs: null,
    costMicroUsd: null,
    modelKey: null,
    degraded: [],
  };
}
