import type { BusEvent } from '../../src/events/bus.ts';
import type { NumberedTable } from '../../src/events/numbered-table.ts';
import type { LiveSource } from '../../src/events/live-source.ts';

/** A row of `ListedTable`. */
export interface ListedRow {
  readonly key: string;
  readonly seq: number;
  /** Which of the rows that ever had this number. */
  readonly mark: string;
}

/** A numbered table that is a list: it counts how it is read, can be away, can forget, and can go back. */
export interface ListedTable extends NumberedTable<ListedRow> {
  /** So many more rows of a key; returns what a publisher would tell of the last. */
  commit(key: string, count?: number): BusEvent;
  forget(uptoSeq: number): void;
  /** Loses the last rows of a key. */
  goBack(key: string, count: number): void;
  isAway: boolean;
  readonly reads: { heads: number; pages: number };
}

/** No rows. */
export function createListedTable(): ListedTable {
  const lists = new Map<string, ListedRow[]>();
  const reads = { heads: 0, pages: 0 };
  let forgotten = 0;
  let written = 0;
  const listOf = (key: string) => lists.get(key) ?? [];
  const placeOf = ({ seq, mark }: ListedRow) => ({ seq, mark });
  const answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (table.isAway) throw new Error('Connection terminated');
    return value();
  };
  const table: ListedTable = {
    ...{ topic: 'decisions', isAway: false, reads },
    keyOf: ({ key }) => key,
    placeOf,
    readHeads(keys) {
      reads.heads += 1;
      return answer(() => {
        const last = keys.flatMap((key) => listOf(key).slice(-1));
        return new Map(last.map((row) => [row.key, placeOf(row)]));
      });
    },
    readAfter(key, afterSeq, limit) {
      reads.pages += 1;
      return answer(() => {
        const from = Math.max(afterSeq, forgotten);
        return listOf(key).slice(from, from + limit);
      });
    },
    holds: (key, { seq, mark }) => answer(() => listOf(key)[seq - 1]?.mark === mark),
    readForgotten: () => answer(() => forgotten),
    commit(key, count = 1) {
      const list = listOf(key);
      lists.set(key, list);
      for (let i = 0; i < count; i += 1) list.push({ key, seq: list.length + 1, mark: `m${(written += 1)}` });
      return { topic: 'decisions', key, seq: list.length };
    },
    forget: (uptoSeq) => void (forgotten = uptoSeq),
    goBack: (key, count) => void listOf(key).splice(-count),
  };
  return table;
}

/** What is at hand of a source. */
export function takeAll<Value>(source: LiveSource<Value>): Value[] {
  const values: Value[] = [];
  for (let value = source.take(); value !== undefined; value = source.take()) values.push(value);
  return values;
}
