import { CursorExpiredError } from '../system/expected-error.ts';
import {
  hint,
  readerAt,
  readFailed,
  readTo,
  seeHead,
  START,
  type Place,
  type Reader,
  type Span,
} from './resume.ts';
import type { TableAccess } from './table-access.service.ts';

/** The one reader of a key of a table, for all who follow it on this instance. */
export interface TableReader {
  /** Resolves when it is known where the table ends, and every change from then on is read. Once is enough. */
  start(): Promise<void>;
  /** How far it has read; `START` before it is started. */
  place(): Place;
  /** Rows up to this number may be there. */
  notify(seq: number): void;
  /** The table was seen to end here. */
  see(head: Place): void;
}

export interface TableReaderOptions<Row> {
  readonly access: TableAccess<Row>;
  /** Resolves when every change from now on will be told. */
  readonly listen: () => Promise<unknown>;
  readonly onSpan: (span: Span<Row>) => void;
  /** The table lacks what was read up to `gone`: from here on everything after `head` is told. */
  readonly onWentBack: (gone: Place, head: Place) => void;
  /** A read has failed; the next poll makes up for it. */
  readonly onFailure: (error: unknown) => void;
}

/** Reads nothing until it is started. */
export function createTableReader<Row>(options: TableReaderOptions<Row>): TableReader {
  const { access, listen, onSpan, onWentBack, onFailure } = options;
  /** Undefined until it is known where the table ends. */
  let reader: Reader | undefined;
  let notifiedSeq = 0;
  let started: Promise<void> | undefined;

  async function begin(): Promise<void> {
    await listen();
    reader = readerAt(await access.readHead());
    // What was told meanwhile may have been committed after the end was read.
    notify(notifiedSeq);
  }

  function notify(seq: number): void {
    notifiedSeq = Math.max(notifiedSeq, seq);
    if (reader !== undefined) go(reader, hint(reader, seq));
  }

  function go(before: Reader, now: Reader): void {
    reader = now;
    if (now.isReading && !before.isReading) void read(now);
  }

  async function read(begun: Reader): Promise<void> {
    let now = begun;
    try {
      while (now.isReading) {
        const { span, isFull } = await access.readPage(now.place);
        if (await isKept(now.place)) {
          onSpan(span);
          // Hints have come during the read.
          now = reader = readTo(reader ?? now, span.upto, isFull);
        } else now = reader = await goBack(now.place);
      }
    } catch (error) {
      reader = readFailed(reader ?? now);
      onFailure(error);
    }
  }

  async function isKept(place: Place): Promise<boolean> {
    if (place.seq === 0) return true;
    try {
      await access.requireKept(place);
      return true;
    } catch (error) {
      if (error instanceof CursorExpiredError) return false;
      throw error;
    }
  }

  /** Begins anew at the end of the table, and looks once more: what was told of meanwhile may be behind that. */
  async function goBack(gone: Place): Promise<Reader> {
    const head = await access.readHead();
    onWentBack(gone, head);
    return { ...readerAt(head), isReading: true };
  }

  return {
    start: () => (started ??= begin()),
    place: () => reader?.place ?? START,
    notify,
    see: (head) => reader && go(reader, seeHead(reader, head)),
  };
}
