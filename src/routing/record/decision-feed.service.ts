import type { Bus } from '../../events/bus.ts';
import { createFeed, type Feed } from '../../events/feed.service.ts';
import type { Losses } from '../../events/losses.service.ts';
import type { Db } from '../../storage/database.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import type { Decision } from './decision.ts';
import { decisionPlace, holdsDecision, readDecisionHeads, readDecisionsAfter } from './decision.store.ts';

/** Tells subscribers of a tenant's decisions that have ended, in the order of the audit seq of their ends. */
export function createDecisionFeed(parts: {
  readonly db: Db;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
  readonly losses?: Pick<Losses, 'report'>;
}): Feed<Decision> {
  const { db } = parts;
  return createFeed<Decision>({
    ...parts,
    table: {
      topic: 'decisions',
      keyOf: ({ key }) => key,
      placeOf: decisionPlace,
      readHeads: (tenantIds) => readDecisionHeads(db, tenantIds),
      holds: (tenantId, place) => holdsDecision(db, tenantId, place),
      readAfter: (tenantId, afterSeq, limit) => readDecisionsAfter(db, tenantId, afterSeq, limit),
    },
  });
}
