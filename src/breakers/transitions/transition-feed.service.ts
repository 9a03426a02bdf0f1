import type { Bus } from '../../events/bus.ts';
import { createFeed, type Feed } from '../../events/feed.service.ts';
import type { Db } from '../../storage/database.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import {
  readForgottenTransition,
  readTransitionHead,
  readTransitionsAfter,
  type TransitionRow,
} from './transition.store.ts';

/** The key of the transitions' feed: one row of numbers for all breakers. */
export const ALL_TRANSITIONS = '';

/** Tells subscribers of the transitions of all breakers, in the order of their numbers. */
export function createTransitionFeed(parts: {
  readonly db: Db;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
}): Feed<TransitionRow> {
  const { db } = parts;
  return createFeed({
    ...parts,
    table: {
      topic: 'transitions',
      keyOf: () => ALL_TRANSITIONS,
      seqOf: ({ seq }) => Number(seq),
      readHeads: async () => new Map([[ALL_TRANSITIONS, Number(await readTransitionHead(db))]]),
      readAfter: (_key, afterSeq, limit) => readTransitionsAfter(db, afterSeq, limit),
      readForgotten: () => readForgottenTransition(db),
    },
  });
}
