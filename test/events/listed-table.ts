import type { BusEvent } from '../../src/events/bus.ts';
import type { NumberedTable } from '../../src/events/numbered-table.ts';
import type { LiveSource } from '../../src/events/live-source.ts';

/** A row of `ListedTable`. */
export interface ListedRow {
  readonly key: string;
  readonly seq: number;
}

/** A numbered table that is a list: it counts how it is read, can be away, and can forget. */
export interface ListedTable extends NumberedTable<ListedRow> {
  /** So many more rows of a key; returns what a publisher would tell of the last. */
  commit(key: string, count?: number): BusEvent;
  forget(uptoSeq: number): void;
  isAway: boolean;
  readonly reads: { heads: number; pages: number };
}

/** No rows. */
export function createListedTable(): ListedTable {
  const heads = new Map<string, number>();
  const reads = { heads: 0, pages: 0 };
  let forgotten = 0;
  const answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (table.isAway) throw new Error('Connection terminated');
    return value();
  };
  const table: ListedTable = {
    ...{ topic: 'decisions', isAway: false, reads },
    keyOf: ({ key }) => key,
    seqOf: ({ seq }) => seq,
    readHeads(keys) {
      reads.heads += 1;
      return answer(() => new Map(keys.map((key) => [key, heads.get(key) ?? 0])));
    },
    readAfter(key, afterSeq, limit) {
      reads.pages += 1;
      return answer(() => {
        const from = Math.max(afterSeq, forgotten);
        const count = Math.min(limit, Math.max(0, (heads.get(key) ?? 0) - from));
        return Array.from({ length: count }, (_, index) => ({ key, seq: from + index + 1 }));
      });
    },
    readForgotten: () => answer(() => forgotten),
    commit(key, count = 1) {
      const seq = (heads.get(key) ?? 0) + count;
      heads.set(key, seq);
      return { topic: 'decisions', key, seq };
    },
    forget: (uptoSeq) => void (forgotten = uptoSeq),
  };
  return table;
}

/** What is at hand of a source. */
export function takeAll<Value>(source: LiveSource<Value>): Value[] {
  const values: Value[] = [];
  for (let value = source.take(); value !== undefined; value = source.take()) values.push(value);
  return values;
}
