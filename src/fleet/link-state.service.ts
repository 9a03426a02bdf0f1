import type { Log } from '../system/log.ts';
import { createOutage } from '../system/outage.ts';

/** What an instance uses Redis for, and what may be out of order with each. */
export type LinkUse = 'subscribe' | 'publish' | 'write' | 'replicate';

/** How an instance stands with the others. An outage is reported when it begins and when it ends, however long. */
export interface LinkState {
  /** Something does not work; `reason` is for the log and holds no secret. */
  fail(use: LinkUse, reason: string): void;
  /** It works, now or again. */
  mend(use: LinkUse): void;
  /** An event was not sent: the end of the outage reports how many. */
  countDropped(): void;
  healthy(): boolean;
  /** Resolves when it is known for the first time whether everything works. */
  readonly known: Promise<void>;
}

/** Nothing can be heard or written until it is said to be. */
export function createLinkState(log: Log): LinkState {
  const failing = new Set<LinkUse>(['subscribe', 'write']);
  const known = Promise.withResolvers<void>();
  const outage = createOutage(log, {
    begun: 'Redis is away: other instances learn of changes by polling.',
    ended: 'Redis is back: instances hear of changes at once.',
  });
  let droppedEvents = 0;
  return {
    fail(use, reason) {
      failing.add(use);
      outage.begin({ reason });
      known.resolve();
    },
    mend(use) {
      if (!failing.delete(use) || failing.size > 0) return;
      outage.end({ droppedEvents });
      droppedEvents = 0;
      known.resolve();
    },
    countDropped: () => void (droppedEvents += 1),
    healthy: () => failing.size === 0,
    known: known.promise,
  };
}
