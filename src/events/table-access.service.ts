import { CursorExpiredError } from '../system/expected-error.ts';
import { lostCursor } from './lost-cursor.ts';
import type { NumberedTable } from './numbered-table.ts';
import { START, type Numbered, type Place, type Span } from './resume.ts';

/** Rows of one read. */
export const FEED_PAGE = 200;

/** One key of a numbered table, as whoever follows it reads it. */
export interface TableAccess<Row> {
  /** The newest place. */
  readHead(): Promise<Place>;
  /** The rows after a place, as many as one read brings; full: there may be more. */
  readPage(after: Place): Promise<{ readonly span: Span<Row>; readonly isFull: boolean }>;
  /**
   * Throws CursorExpiredError when rows after this place may be gone, or the table lacks the place itself. To be asked
   * after the read: what is kept then was there to be read.
   */
  requireKept(place: Place): Promise<void>;
}

/** Access to the rows of one key. */
export function accessTable<Row>(table: NumberedTable<Row>, key: string): TableAccess<Row> {
  return {
    readHead: async () => (await table.readHeads([key])).get(key) ?? START,
    async readPage(after) {
      const found = await table.readAfter(key, after.seq, FEED_PAGE);
      const rows = found.map((row): Numbered<Row> => ({ place: table.placeOf(row), row }));
      const upto = rows.at(-1)?.place ?? after;
      const places = rows.map(({ place }) => place);
      return { span: { afterSeq: after.seq, upto, rows, places }, isFull: rows.length >= FEED_PAGE };
    },
    async requireKept(place) {
      const forgotten = (await table.readForgotten?.(key)) ?? 0;
      if (place.seq < forgotten) {
        throw new CursorExpiredError(
          'What followed this cursor is not kept any more: begin anew without it.',
        );
      }
      if (place.seq === 0 || (await table.holds(key, place))) return;
      throw lostCursor();
    },
  };
}
