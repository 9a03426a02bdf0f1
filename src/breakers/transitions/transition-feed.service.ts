import type { Bus } from '../../events/bus.ts';
import { createFeed, type Feed } from '../../events/feed.service.ts';
import type { Losses } from '../../events/losses.service.ts';
import type { Db } from '../../storage/database.ts';
import { modelKey } from '../../providers/model-key.ts';
import { UnavailableError } from '../../system/expected-error.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { transitionPlace } from './transition-cursor.ts';
import {
  holdsTransition,
  readForgottenTransition,
  readTransitionHead,
  readTransitionsAfter,
  type TransitionRow,
} from './transition.store.ts';

/** When a subscriber's own read may be tried again. */
const RETRY_AFTER_MS = 1_000;

/** The key of the transitions' feed: one row of numbers for all breakers. */
export const ALL_TRANSITIONS = '';

/** What this instance knows of breakers. */
export interface KnownBreakers {
  viewOf(key: string): { readonly generation: number };
  /** Resolves when `viewOf` knows everything committed before the call, unless the table is away. Never rejects. */
  refresh(): Promise<void>;
  /** Whether the last such look at the table failed. */
  isAway(): boolean;
}

/**
 * Tells subscribers of the transitions of all breakers, in the order of their numbers; of none that this instance does
 * not know itself: whoever was told of one finds its breaker no older than that.
 */
export function createTransitionFeed(parts: {
  readonly db: Db;
  readonly breakers: KnownBreakers;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
  readonly losses?: Pick<Losses, 'report'>;
}): Feed<TransitionRow> {
  const { db, breakers } = parts;
  return createFeed<TransitionRow>({
    ...parts,
    table: {
      topic: 'transitions',
      keyOf: () => ALL_TRANSITIONS,
      placeOf: transitionPlace,
      readHeads: async () => new Map([[ALL_TRANSITIONS, await readTransitionHead(db)]]),
      async readAfter(_key, afterSeq, limit) {
        const rows = await readTransitionsAfter(db, afterSeq, limit);
        await know(rows, breakers);
        return rows;
      },
      holds: (_key, place) => holdsTransition(db, place),
      readForgotten: () => readForgottenTransition(db),
    },
  });
}

/** Resolves when what these transitions have made of their breakers is known; throws UnavailableError when it cannot be. */
async function know(rows: readonly TransitionRow[], breakers: KnownBreakers): Promise<void> {
  const isNews = ({ providerSlug, modelSlug, generation }: TransitionRow) =>
    breakers.viewOf(modelKey(providerSlug, modelSlug)).generation < generation;
  if (!rows.some(isNews)) return;
  await breakers.refresh();
  // One that is still unknown is of a breaker whose row is gone.
  if (breakers.isAway())
    throw new UnavailableError('The breakers cannot be read at the moment.', RETRY_AFTER_MS);
}
