import { CursorExpiredError } from '../system/expected-error.ts';
import type { NumberedTable } from './numbered-table.ts';
import type { Numbered, Span } from './resume.ts';

/** Rows of one read. */
export const FEED_PAGE = 200;

/** One key of a numbered table, as whoever follows it reads it. */
export interface TableAccess<Row> {
  /** The newest number; 0: none. */
  readHead(): Promise<number>;
  /** The rows after a number, as many as one read brings; full: there may be more. */
  readPage(afterSeq: number): Promise<{ readonly span: Span<Row>; readonly isFull: boolean }>;
  /**
   * Throws CursorExpiredError when rows after this number may be gone. To be asked after the read: what is kept then
   * was there to be read.
   */
  requireKept(afterSeq: number): Promise<void>;
}

/** Access to the rows of one key. */
export function accessTable<Row>(table: NumberedTable<Row>, key: string): TableAccess<Row> {
  return {
    readHead: async () => (await table.readHeads([key])).get(key) ?? 0,
    async readPage(afterSeq) {
      const found = await table.readAfter(key, afterSeq, FEED_PAGE);
      const rows = found.map((row): Numbered<Row> => ({ seq: table.seqOf(row), row }));
      const uptoSeq = rows.at(-1)?.seq ?? afterSeq;
      return { span: { afterSeq, uptoSeq, rows }, isFull: rows.length >= FEED_PAGE };
    },
    async requireKept(afterSeq) {
      const forgotten = (await table.readForgotten?.(key)) ?? 0;
      if (afterSeq >= forgotten) return;
      throw new CursorExpiredError('What followed this cursor is not kept any more: begin anew without it.');
    },
  };
}
