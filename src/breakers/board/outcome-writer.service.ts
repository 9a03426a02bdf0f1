import { reportFault } from '../../storage/outage/report-fault.ts';
import { within } from '../../storage/within.ts';
import type { Db } from '../../storage/database.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { createRounds } from '../../system/one-at-a-time.ts';
import type { Timers } from '../../system/timers.ts';
import { addOutcome, openBatch, toAges, type OutcomeBatch } from '../rule/batch.ts';
import type { BreakerBoard } from './board.service.ts';
import { recordOutcomes } from '../table/outcome.store.ts';
import type { BreakerRule } from '../rule/breaker.ts';
import { recordOutcomes as recordLocally } from '../rule/machine.ts';

/** Brings what calls have shown to the breakers: all instances' to the same row, one statement at a time. */
export interface OutcomeWriter {
  /**
   * A call that was admitted under `generation` has ended so. Returns at once. A success where there is no streak
   * costs nothing; outcomes that come while a statement is under way share the next. `tenant`: whose call it was; null:
   * nobody's.
   */
  record(key: string, generation: number, signal: 'success' | 'failure', tenant: string | null): void;
  /** Resolves when everything recorded so far is written, or decided on alone. */
  settled(): Promise<void>;
}

export interface OutcomeWriterOptions {
  readonly db: Db;
  readonly board: BreakerBoard;
  readonly rule: BreakerRule;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** How long the database may take before the board decides alone. */
  readonly limitMs: () => number;
}

/** Nothing to write yet. */
export function createOutcomeWriter(options: OutcomeWriterOptions): OutcomeWriter {
  const { db, board, rule, clock, timers, log, limitMs } = options;
  let waiting = new Map<string, OutcomeBatch>();
  /** Those of the statement under way, whose effect the board does not show yet. */
  let writing = new Map<string, OutcomeBatch>();
  /** How long the writing of failures took whose streaks may still stand. */
  const slackMs = new Map<string, number>();
  // Outcomes of one turn share a statement.
  const rounds = createRounds(async () => {
    writing = waiting;
    waiting = new Map();
    await write([...writing.values()]);
    writing = new Map();
  });

  async function write(batches: readonly OutcomeBatch[]): Promise<void> {
    if (board.isDetached()) return batches.forEach(decide);
    const askedMs = clock.monotonicMs();
    try {
      const aged = batches.map((batch) => toAges(batch, askedMs, slackMs.get(batch.key)));
      board.applyWrites(await within({ timers, limitMs }, () => recordOutcomes(db, rule, aged)));
      for (const batch of batches) noteSlack(batch, clock.monotonicMs() - askedMs);
    } catch (err) {
      // A fault of ours must not leave a failing model in traffic either.
      reportFault(log, 'Outcomes of calls could not be written.', err);
      board.detach();
      batches.forEach(decide);
    }
  }

  function noteSlack({ key, successAt, failures }: OutcomeBatch, tookMs: number): void {
    if (successAt !== null) slackMs.delete(key);
    // Rounding adds its part.
    if (failures.length > 0) slackMs.set(key, Math.max(slackMs.get(key) ?? 0, Math.ceil(tookMs) + 1));
  }

  /** What the database would do, done here, for this instance alone. */
  function decide(batch: OutcomeBatch): void {
    const now = clock.monotonicMs();
    board.decideLocally(recordLocally(board.breakerOf(batch.key), rule, toAges(batch, now), now));
  }

  return {
    record(key, generation, signal, tenant) {
      const open = waiting.get(key);
      if (signal === 'success' && open === undefined && !mayHaveStreak(key)) return;
      const batch = open?.generation === generation ? open : undefined;
      // Outcomes of an older generation count for nothing: the newer one's batch takes the place.
      if (open !== undefined && open.generation > generation) return;
      const outcome = { signal, atMs: clock.monotonicMs(), tenant };
      waiting.set(key, addOutcome(batch ?? openBatch(key, generation), rule, outcome));
      void rounds.ask();
    },
    settled: () => rounds.settled(),
  };

  function mayHaveStreak(key: string): boolean {
    const phase = board.find(key)?.phase;
    return writing.has(key) || (phase?.state === 'CLOSED' && phase.failures.length > 0);
  }
}
