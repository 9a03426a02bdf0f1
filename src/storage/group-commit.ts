import { createRounds } from '../system/one-at-a-time.ts';
import { storageFault } from './storage-fault.ts';

export interface GroupCommitOptions<T> {
  /** Writes all items or none, in their order. May be asked to repeat items of which it could not know the end. */
  readonly write: (batch: readonly T[]) => Promise<void>;
  /** Items of one partition may fail together; a partition never fails for another one's items. */
  readonly partition: (item: T) => string;
  /** The most items that share a write. */
  readonly maxBatch: number;
  /** How large an item is, in whatever unit. */
  readonly weigh?: (item: T) => number;
  /** What items that share a write weigh together at most; a heavier one is written alone. */
  readonly maxWeight?: number;
}

/** Turns many small writes into few: what waits while a write is under way shares the next one. */
export interface GroupCommit<T> {
  /** Resolves when the item is written; rejects when the write that held it failed for its partition. */
  add(item: T): Promise<void>;
  /** Resolves when nothing is waiting or under way any more, however it ended. */
  drain(): Promise<void>;
}

interface Waiting<T> {
  readonly item: T;
  readonly partition: string;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * One write is under way at a time: under load batches grow by themselves instead of competing for the same locks,
 * and without load an item waits for nothing. There is no timer, so there is no delay to tune.
 *
 * When a write fails that held several partitions, each is repeated alone, once: whatever is wrong with one of them
 * does not concern the others. When the database is away, that would only let everybody wait longer.
 */
export function createGroupCommit<T>(options: GroupCommitOptions<T>): GroupCommit<T> {
  const { write, partition, maxBatch, weigh = () => 0, maxWeight = Infinity } = options;
  const queue: Waiting<T>[] = [];
  // Begins after the calls of the same turn were added: those share the first write.
  const rounds = createRounds(async () => {
    while (queue.length > 0) await commit(queue.splice(0, fitting()));
  });

  /** How many of the first may go together; at least one. */
  function fitting(): number {
    let weight = 0;
    const excess = queue.findIndex(({ item }) => (weight += weigh(item)) > maxWeight);
    return Math.min(maxBatch, excess === -1 ? queue.length : Math.max(1, excess));
  }

  async function commit(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await write(batch.map(({ item }) => item));
    } catch (error) {
      const partitions = Map.groupBy(batch, (waiting) => waiting.partition);
      if (partitions.size > 1 && storageFault(error).kind !== 'unavailable') {
        for (const alone of partitions.values()) await commit(alone);
      } else {
        for (const { done } of batch) done.reject(error);
      }
      return;
    }
    for (const { done } of batch) done.resolve();
  }

  return {
    add(item) {
      const done = Promise.withResolvers<void>();
      queue.push({ item, partition: partition(item), done });
      void rounds.ask();
      return done.promise;
    },
    drain: () => rounds.settled(),
  };
}
