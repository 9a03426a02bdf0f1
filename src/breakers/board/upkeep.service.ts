import { createFaultOutage } from '../../storage/outage/fault-outage.ts';
import type { PrismaClient } from '../../storage/generated/prisma/client.ts';
import { inTransaction } from '../../storage/transaction.ts';
import { within } from '../../storage/within.ts';
import type { Clock } from '../../system/clock.ts';
import { UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import { repeat } from '../../system/repeat.ts';
import type { Timers } from '../../system/timers.ts';
import type { BreakerBoard, LocalDecision } from './board.service.ts';
import { readBreakersVersion } from '../table/breaker.store.ts';
import { expireMode, offerTrip } from '../table/rare-steps.store.ts';
import type { Breaker } from '../rule/breaker.ts';
import { expireMode as expireLocally, isModeOver } from '../rule/mode.ts';

export interface UpkeepOptions {
  readonly db: PrismaClient;
  readonly board: BreakerBoard;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limitMs: () => number;
}

const UPKEEP_MS = 1_000;

/**
 * What no call brings about: an operator's word ends at its time, and an instance that decided alone returns to the
 * database. Then the stricter wins: what it has opened and would still keep open is offered as a trip, to the generation
 * that it was decided from and to no later one.
 */
export function startUpkeep(options: UpkeepOptions): AsyncDisposable {
  const { db, board, clock, timers, log, limitMs } = options;
  const ask = <T>(work: () => Promise<T>) => within({ timers, limitMs }, work);

  /** Decisions of this instance's own that have been offered: a return that fails half-way offers none again. */
  const offered = new Set<Breaker>();
  /** The generations that this return has begun: what was decided here later follows those. */
  const begun = new Map<string, number>();

  async function reattach(): Promise<void> {
    await ask(() => readBreakersVersion(db));
    // The table may have gone back meanwhile, and what is offered follows what it holds.
    await look();
    // Calls go on meanwhile: what they decide while an offer is under way is offered too.
    for (let next = unoffered(); next !== undefined; next = unoffered()) {
      await offer(next);
      offered.add(next.breaker);
      // What others have made of it, or of an offer that came too late, holds from the moment on that the own is gone.
      await look();
    }
    board.reattach();
    offered.clear();
    begun.clear();
    log.debug('Breakers are decided on by the database again.');
  }

  async function look(): Promise<void> {
    await ask(() => board.refresh());
    if (board.isAway()) throw new UnavailableError('The breakers cannot be read.', UPKEEP_MS);
  }

  function unoffered(): LocalDecision | undefined {
    // Of a breaker that is not open there is nothing to tell, and each call may make a new one of those.
    return board
      .localDecisions()
      .find(({ breaker }) => breaker.phase.state === 'OPEN' && !offered.has(breaker));
  }

  /** Tells what is left of an open breaker's time, if anything. */
  async function offer({ breaker: { key, phase }, decidedFrom }: LocalDecision): Promise<void> {
    if (phase.state !== 'OPEN') return;
    await endModeBefore(key, decidedFrom);
    const { coolOffMs } = phase;
    const openMs = Math.round(phase.openUntil - clock.monotonicMs());
    if (openMs <= 0) return;
    const generation = begun.get(key) ?? decidedFrom;
    const reason = 'opened while the database was away';
    const trip = { key, generation, openMs, coolOffMs, reason };
    const write = await ask(() => inTransaction(db, (tx) => offerTrip(tx, trip)));
    if (write === null) return;
    board.applyWrites([write]);
    begun.set(key, write.row.generation);
  }

  /** A word that ended here while the database was away is still written there, and no trip goes against a word. */
  async function endModeBefore(key: string, decidedFrom: number): Promise<void> {
    const ended = await ask(() => expireMode(db, key));
    if (ended === null) return;
    board.applyWrites([ended]);
    if (ended.row.generation === decidedFrom + 1) begun.set(key, ended.row.generation);
  }

  async function endModes(): Promise<void> {
    for (const { key } of overModes()) {
      const ended = await ask(() => expireMode(db, key));
      if (ended !== null) board.applyWrites([ended]);
    }
  }

  function endModesLocally(): void {
    for (const breaker of overModes()) board.decideLocally(expireLocally(breaker, clock.monotonicMs()));
  }

  function overModes(): readonly Breaker[] {
    const now = clock.monotonicMs();
    return board.known().filter(({ control }) => isModeOver(control, now));
  }

  const faults = createFaultOutage(log, {
    begun: 'The upkeep of breakers fails.',
    ended: 'The upkeep of breakers goes on.',
  });
  return repeat(timers, UPKEEP_MS, async () => {
    try {
      if (board.isDetached()) {
        endModesLocally();
        await reattach();
      } else await endModes();
      faults.end();
    } catch (err) {
      faults.begin(err);
    }
  });
}
