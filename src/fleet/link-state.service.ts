import type { Log } from '../system/log.ts';
import { createOutage } from '../system/outage.ts';

/** What may be out of order between an instance and the others. */
export type Direction = 'hearing' | 'telling';

/** How an instance stands with the others. An outage is reported when it begins and when it ends, however long. */
export interface LinkState {
  /** Something does not work; `reason` is for the log and holds no secret. */
  fail(direction: Direction, reason: string): void;
  /** It works, now or again. */
  mend(direction: Direction): void;
  /** An event was not sent: the end of the outage reports how many. */
  countDropped(): void;
  healthy(): boolean;
  /** Resolves when it is known for the first time whether everything works. */
  readonly known: Promise<void>;
}

/** Nothing works until it is said to. */
export function createLinkState(log: Log): LinkState {
  const failing = new Set<Direction>(['hearing', 'telling']);
  const known = Promise.withResolvers<void>();
  const outage = createOutage(log, {
    begun: 'Redis is away: other instances learn of changes by polling.',
    ended: 'Redis is back: instances hear of changes at once.',
  });
  let droppedEvents = 0;
  return {
    fail(direction, reason) {
      failing.add(direction);
      outage.begin({ reason });
      known.resolve();
    },
    mend(direction) {
      if (!failing.delete(direction) || failing.size > 0) return;
      outage.end({ droppedEvents });
      droppedEvents = 0;
      known.resolve();
    },
    countDropped: () => void (droppedEvents += 1),
    healthy: () => failing.size === 0,
    known: known.promise,
  };
}
