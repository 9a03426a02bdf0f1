import type { BusEvent } from './bus.ts';
import type { Place } from './resume.ts';
import type { Topic } from './topic.ts';

/**
 * A table whose rows are numbered within a key, and become visible in the order of their numbers. When an older copy of
 * the database takes its place, its last rows are gone and their numbers are given again.
 */
export interface NumberedTable<Row> {
  readonly topic: Topic;
  /** Whose number an event of the topic tells. */
  keyOf(event: BusEvent): string;
  placeOf(row: Row): Place;
  /** The newest place of each of these keys; one that has none may be absent. */
  readHeads(keys: readonly string[]): Promise<ReadonlyMap<string, Place>>;
  /** At most `limit` rows after a number, ascending. */
  readAfter(key: string, afterSeq: number, limit: number): Promise<readonly Row[]>;
  /** Whether this place, which is no beginning, is one of this table: its row is there, or was and went by its age. */
  holds(key: string, place: Place): Promise<boolean>;
  /** The number before the oldest row that is kept; absent: every row is. */
  readonly readForgotten?: (key: string) => Promise<number>;
}

/** Which rows a subscriber wants. */
export interface FollowRequest<Row> {
  readonly key: string;
  /** The place after which it begins; null: from now on. */
  readonly after: Place | null;
  readonly isRelevant: (row: Row) => boolean;
}
