import { answerLimitMs } from '../storage/answer-limit.ts';
import type { Database } from '../storage/database.ts';
import { storageFault } from '../storage/storage-fault.ts';
import { within } from '../storage/within.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { createRounds } from '../system/one-at-a-time.ts';
import { createOutage } from '../system/outage.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import { markUnsaved, restore, takeUnsaved, type EstimateBoard } from './estimate-board.ts';
import { loadParts, saveParts, type StoredPart } from './estimate.store.ts';

/** How often what was observed is written down, all of it in one statement. */
export const KEEP_MS = 10_000;

/** Writes down what was observed, off everybody's path; disposing of it writes the rest. */
export interface Keeping extends AsyncDisposable {
  /** Writes down now what is not written. Never rejects. */
  keep(): Promise<void>;
}

export interface KeepingOptions {
  readonly board: EstimateBoard;
  readonly database: Pick<Database, 'prisma' | 'kind' | 'roundTripMs'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Takes up what is written, and writes from now on. What cannot be written is kept: it is no more than the board, of
 * which the latest state is written when the database is back.
 */
export async function startKeeping(options: KeepingOptions): Promise<Keeping> {
  const { board, database, clock, timers, log } = options;
  const limited = <T>(work: () => Promise<T>) =>
    within({ timers, limitMs: () => answerLimitMs(database) }, work);
  const outage = createOutage(log, {
    begun: 'What was learned of models cannot be written down: a restart would forget it.',
    ended: 'What was learned of models is written down again.',
  });

  /** That the database is away, others tell. */
  function report(err: unknown): void {
    if (storageFault(err).kind !== 'unavailable') outage.begin({ err });
  }

  async function save(): Promise<void> {
    const now = clock.monotonicMs();
    const unsaved = takeUnsaved(board, now);
    if (unsaved.length === 0) return;
    try {
      await limited(() => saveParts(database.prisma, board.author, unsaved, now));
      outage.end();
    } catch (err) {
      markUnsaved(board, unsaved);
      report(err);
    }
  }

  try {
    takeUp(board, await limited(() => loadParts(database.prisma)), clock.monotonicMs());
  } catch (err) {
    report(err);
  }
  const rounds = createRounds(save);
  const repeating = repeat(timers, KEEP_MS, () => rounds.ask());
  return {
    keep: () => rounds.ask(),
    async [Symbol.asyncDispose]() {
      await repeating[Symbol.asyncDispose]();
      await rounds.ask();
    },
  };
}

function takeUp(board: EstimateBoard, stored: readonly StoredPart[], now: number): void {
  const byKey = Map.groupBy(stored, ({ key }) => key);
  for (const [key, parts] of byKey) restore(board, key, parts, now);
}
