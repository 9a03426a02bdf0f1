import { storageFault } from '../storage/storage-fault.ts';
import type { Db } from '../storage/database.ts';
import { within } from '../storage/within.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import type { BreakerBoard } from './board.service.ts';
import { loadBreakers } from './breaker.store.ts';
import { expireModes } from './control.store.ts';
import { offerTrip } from './outcome.store.ts';
import { untouched, type Breaker } from './breaker.ts';
import { isModeOver } from './mode.ts';

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
 * database. Then the stricter wins: what it has opened and would still keep open is offered as a trip.
 */
export function startUpkeep(options: UpkeepOptions): AsyncDisposable {
  const { db, board, clock, timers, log, limitMs } = options;
  const ask = <T>(work: () => Promise<T>) => within({ timers, limitMs }, work);

  async function rejoin(): Promise<void> {
    const { rows } = await ask(() => loadBreakers(db));
    const generations = new Map(rows.map(({ key, generation }) => [key, generation]));
    const seen = new Set<Breaker>();
    // Calls go on meanwhile: what they decide while an offer is under way is offered too.
    for (let breaker = unseen(seen); breaker !== undefined; breaker = unseen(seen)) {
      seen.add(breaker);
      const trip = tripOf(breaker, generations.get(breaker.key) ?? untouched(breaker.key).generation);
      const write = trip && (await ask(() => offerTrip(db, trip)));
      if (write) {
        board.adopt([write]);
        generations.set(breaker.key, write.row.generation);
      }
    }
    board.rejoin();
    await board.refresh();
    log.info('Breakers are decided on by the database again.');
  }

  /** A decision of this instance's own that has yet to be looked at. */
  function unseen(seen: ReadonlySet<Breaker>): Breaker | undefined {
    return board.decidedAlone().find((breaker) => !seen.has(breaker));
  }

  /** What of an open breaker is left to offer. */
  function tripOf({ key, phase }: Breaker, generation: number) {
    if (phase.state !== 'OPEN') return null;
    const openMs = Math.round(phase.openUntil - clock.monotonicMs());
    const { coolOffMs } = phase;
    const reason = 'failures in a row while the database was away';
    return openMs <= 0 ? null : { key, generation, openMs, coolOffMs, reason };
  }

  async function endModes(): Promise<void> {
    const now = clock.monotonicMs();
    const ended = board.known().filter((breaker) => isModeOver(breaker.control, now));
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

  return repeat(timers, UPKEEP_MS, async () => {
    try {
      if (board.isAlone()) await rejoin();
      else await endModes();
    } catch (err) {
      if (storageFault(err).kind !== 'unavailable') log.error('The upkeep of breakers failed.', { err });
    }
  });
}
