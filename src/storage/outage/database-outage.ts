import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { createOutage } from '../../system/outage.ts';
import { CONNECTION, createFailing } from './failing.ts';
import { isOutage, presenceIn, reasonOfOutage } from './presence.ts';

/**
 * Whether the database is away, for everybody in this process: the log has one line when that begins and one when it is
 * over, however many meet it meanwhile. Every statement is heard; whoever is away for longer than a statement says so.
 */
export interface DatabaseOutage {
  /** Records go elsewhere from now on, because of this error, until `end`. */
  begin(error: unknown): void;
  /** The database has all of them, and takes the next. */
  end(): void;
  isOn(): boolean;
}

/** Is told how every statement ended; `startedMs` is of the monotonic clock. */
export interface StatementEar {
  succeeded(sql: string): void;
  failed(sql: string, startedMs: number, error: unknown): void;
}

/** The database is there. */
export function createDatabaseOutage(log: Log, clock: Clock): DatabaseOutage & StatementEar {
  const outage = createOutage(log, {
    begun: 'The database is away: calls are recorded in the spool, and what needs it is refused.',
    ended: 'The database is back.',
  });
  const failing = createFailing();
  let isRecordedElsewhere = false;
  let begunMs = 0;
  let endedMs = -Infinity;
  let answeredMs = -Infinity;

  function begin(error: unknown): void {
    if (outage.isOn()) return;
    begunMs = clock.monotonicMs();
    // What is no outage is a fault of ours, to be found by its stack.
    outage.begin(isOutage(error) ? { reason: reasonOfOutage(error) } : { err: error });
  }

  function endWhenWhole(): void {
    if (!outage.isOn() || isRecordedElsewhere || failing.any()) return;
    endedMs = clock.monotonicMs();
    outage.end({ awayMs: Math.round(endedMs - begunMs) });
  }

  function answered(sql: string): void {
    answeredMs = clock.monotonicMs();
    if (!failing.any()) return;
    failing.clear(CONNECTION, answeredMs);
    failing.clear(sql, answeredMs);
    endWhenWhole();
  }

  return {
    begin(error) {
      isRecordedElsewhere = true;
      begin(error);
    },
    end() {
      isRecordedElsewhere = false;
      endWhenWhole();
    },
    isOn: () => outage.isOn(),
    succeeded: answered,
    failed(sql, startedMs, error) {
      const presence = presenceIn(error);
      if (presence === 'there') return answered(CONNECTION);
      if (presence === 'unknown') return;
      // What began before others were answered tells of the past.
      if (startedMs < (presence === 'away' ? answeredMs : endedMs)) return;
      failing.note(presence === 'away' ? CONNECTION : sql, clock.monotonicMs());
      begin(error);
    },
  };
}
