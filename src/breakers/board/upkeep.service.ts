import { storageFault } from '../../storage/storage-fault.ts';
import type { Db } from '../../storage/database.ts';
import { within } from '../../storage/within.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { repeat } from '../../system/repeat.ts';
import type { Timers } from '../../system/timers.ts';
import type { BreakerBoard, DecidedAlone } from './board.service.ts';
import { readBreakersSeq } from '../table/breaker.store.ts';
import { expireModes } from '../table/control.store.ts';
import { offerTrip } from '../table/outcome.store.ts';
import type { Breaker } from '../rule/breaker.ts';
import { expireMode, isModeOver } from '../rule/mode.ts';

export interface UpkeepOptions {
  readonly db: Db;
  readonly board: BreakerBoard;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limitMs: number;
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

  async function rejoin(): Promise<void> {
    await ask(() => readBreakersSeq(db));
    // Calls go on meanwhile: what they decide while an offer is under way is offered too.
    for (let next = unoffered(); next !== undefined; next = unoffered()) {
      await offer(next);
      offered.add(next.breaker);
    }
    board.rejoin();
    offered.clear();
    begun.clear();
    await board.refresh();
    log.info('Breakers are decided on by the database again.');
  }

  function unoffered(): DecidedAlone | undefined {
    return board.decidedAlone().find(({ breaker }) => !offered.has(breaker));
  }

  /** Tells what is left of an open breaker's time, if anything. */
  async function offer({ breaker: { key, phase }, decidedFrom }: DecidedAlone): Promise<void> {
    if (phase.state !== 'OPEN') return;
    await endModeBefore(key, decidedFrom);
    const { coolOffMs } = phase;
    const openMs = Math.round(phase.openUntil - clock.monotonicMs());
    if (openMs <= 0) return;
    const generation = begun.get(key) ?? decidedFrom;
    const reason = 'opened while the database was away';
    const write = await ask(() => offerTrip(db, { key, generation, openMs, coolOffMs, reason }));
    if (write === null) return;
    board.adopt([write]);
    begun.set(key, write.row.generation);
  }

  /** A word that ended here while the database was away is still written there, and no trip goes against a word. */
  async function endModeBefore(key: string, decidedFrom: number): Promise<void> {
    const [ended] = await ask(() => expireModes(db, [key]));
    if (ended === undefined) return;
    board.adopt([ended]);
    if (ended.row.generation === decidedFrom + 1) begun.set(key, ended.row.generation);
  }

  async function endModes(): Promise<void> {
    const ended = overModes();
    if (ended.length === 0) return;
    board.adopt(
      await ask(() =>
        expireModes(
          db,
          ended.map(({ key }) => key),
        ),
      ),
    );
  }

  function endModesAlone(): void {
    for (const breaker of overModes()) board.decide(expireMode(breaker, clock.monotonicMs()).breaker);
  }

  function overModes(): readonly Breaker[] {
    const now = clock.monotonicMs();
    return board.known().filter(({ control }) => isModeOver(control, now));
  }

  return repeat(timers, UPKEEP_MS, async () => {
    try {
      if (board.isAlone()) {
        endModesAlone();
        await rejoin();
      } else await endModes();
    } catch (err) {
      if (storageFault(err).kind !== 'unavailable') log.error('The upkeep of breakers failed.', { err });
    }
  });
}
