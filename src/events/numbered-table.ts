import type { BusEvent } from './bus.ts';
import type { Topic } from './topic.ts';

/** A table whose rows are numbered within a key, and become visible in the order of their numbers. */
export interface NumberedTable<Row> {
  readonly topic: Topic;
  /** Whose number an event of the topic tells. */
  keyOf(event: BusEvent): string;
  seqOf(row: Row): number;
  /** The newest number of each of these keys; one that has none may be absent. */
  readHeads(keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** At most `limit` rows after a number, ascending. */
  readAfter(key: string, afterSeq: number, limit: number): Promise<readonly Row[]>;
  /** The number before the oldest row that is kept; absent: every row is. */
  readonly readForgotten?: (key: string) => Promise<number>;
}

/** Which rows a subscriber wants. */
export interface FollowRequest<Row> {
  readonly key: string;
  /** The number after which it begins; null: from now on. */
  readonly after: number | null;
  readonly isRelevant: (row: Row) => boolean;
}
