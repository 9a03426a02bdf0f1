import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Replication } from '../fleet/replication.service.ts';
import type { ReplicatedState } from '../fleet/replication.ts';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import { repeat } from '../system/repeat.ts';
import type { Timers } from '../system/timers.ts';
import {
  estimateOfModel,
  forgetFaded,
  mergeTold,
  observe,
  openEstimateBoard,
  ownPart,
  takeUnsent,
  type EstimateBoard,
} from './estimate-board.ts';
import type { Estimate } from './estimate.ts';
import type { Outcome } from './outcome.ts';
import { startKeeping } from './keeping.service.ts';

/** How often what was observed is handed to the exchange: a busy model would else be sent with each of them. */
export const TELL_MS = 1_000;

/** What is known of how models behave at present: learned from every call, whoever makes it. */
export interface Estimates {
  /** The one way in: how a call to a provider ended. Neither waits nor fails; of a model nobody knows it is nothing. */
  observe(outcome: Outcome): void;
  /** What planning reads; the same object until it changes. */
  estimateOf(key: string): Estimate;
  /** Visits the key of every model of which anything may be known. */
  eachKnown(visit: (key: string) => void): void;
}

/** The same, shared with the other instances and kept over a restart, until it is disposed of. */
export interface SharedEstimates extends Estimates, AsyncDisposable {
  /** Writes down now what is not written. Never rejects. */
  keep(): Promise<void>;
}

export interface EstimatesOptions {
  readonly database: Pick<Database, 'prisma' | 'kind' | 'roundTripMs'>;
  readonly replication: Pick<Replication, 'add'>;
  readonly catalog: () => Pick<CatalogView, 'model'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Pick<Random, 'bytes'>;
  readonly log: Log;
}

/** Learns in memory alone. */
export function createEstimates(
  board: EstimateBoard,
  { catalog, clock }: Pick<EstimatesOptions, 'catalog' | 'clock'>,
): Estimates {
  return {
    observe(outcome) {
      const speed = catalog().model(outcome.key)?.facts;
      if (speed !== undefined) observe(board, outcome, speed, clock.monotonicMs());
    },
    estimateOf: (key) => estimateOfModel(board, key, clock.monotonicMs()),
    eachKnown(visit) {
      for (const key of board.rows.keys()) visit(key);
    },
  };
}

/**
 * Learns in memory, from the outcomes here and, in the background, from the others'. What was known before a restart
 * is known before the first call, unless the database does not tell.
 */
export async function shareEstimates(options: EstimatesOptions): Promise<SharedEstimates> {
  const { replication, timers, clock, random } = options;
  const board = openEstimateBoard(authorFrom(random));
  const replica = replication.add(replicatedEstimates(board));
  const keeping = await startKeeping({ ...options, board });
  const telling = repeat(timers, TELL_MS, () => {
    for (const key of takeUnsent(board)) replica.changed(key);
    forgetFaded(board, clock.monotonicMs());
    return Promise.resolve();
  });
  return {
    ...createEstimates(board, options),
    keep: () => keeping.keep(),
    async [Symbol.asyncDispose]() {
      await telling[Symbol.asyncDispose]();
      for (const key of takeUnsent(board)) replica.changed(key);
      await keeping[Symbol.asyncDispose]();
    },
  };
}

/** What instances share of what they have observed: each its own part, which every reader adds up. */
export function replicatedEstimates(board: EstimateBoard): ReplicatedState {
  return {
    kind: 'estimate',
    names: () => board.rows.keys(),
    localPart: (key, now) => ownPart(board, key, now),
    isInUse: () => true,
    merge: (key, parts, now) => mergeTold(board, key, parts, now),
  };
}

/** A number of 48 bits: two instances that have ever shared a model do not draw the same. */
function authorFrom(random: Pick<Random, 'bytes'>): number {
  return random.bytes(6).reduce((number, byte) => number * 256 + byte, 0);
}
