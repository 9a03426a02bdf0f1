import type { Bus } from '../../events/bus.ts';
import { createFeed, type Feed } from '../../events/feed.service.ts';
import type { Db } from '../../storage/database.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import type { Decision } from './decision.ts';
import { readDecisionHeads, readDecisionsAfter } from './decision.store.ts';

/** Tells subscribers of a tenant's decisions that have ended, in the order of the audit seq of their ends. */
export function createDecisionFeed(parts: {
  readonly db: Db;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
}): Feed<Decision> {
  const { db } = parts;
  return createFeed({
    ...parts,
    table: {
      topic: 'decisions',
      keyOf: ({ key }) => key,
      seqOf: ({ auditSeq }) => auditSeq ?? 0,
      readHeads: (tenantIds) => readDecisionHeads(db, tenantIds),
      readAfter: (tenantId, afterSeq, limit) => readDecisionsAfter(db, tenantId, afterSeq, limit),
    },
  });
}
