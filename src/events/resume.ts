// How a stream of numbered rows is followed so that each is handed over exactly once and in order. The table is the
// truth; what the bus says only tells when to look. One reader follows a table for a whole instance, and a follower
// stands for each subscriber.
//
// Reader:
//
// | state            | hint of something newer | its read ends                                         |
// |------------------|-------------------------|-------------------------------------------------------|
// | idle             | reads                   | –                                                     |
// | reading          | reading, reads again    | idle; reading when the page was full                  |
// | reads again      | reads again             | idle when the read brought it; else reading once more |
//
// Follower:
//
// | state            | the reader's rows       | its own read ends             | the buffer is full         |
// |------------------|-------------------------|-------------------------------|----------------------------|
// | live             | buffered, once          | –                             | behind                     |
// | behind           | left to its own read    | –                             | –                          |
// | catching up      | kept aside              | not all: behind. All: live,   | behind: the read that is   |
// |                  |                         | with what was kept aside      | under way is not the last  |

/** A row with its place. */
export interface Numbered<Row> {
  readonly seq: number;
  readonly row: Row;
}

/** What one read has brought: all rows after `afterSeq` up to `uptoSeq` that are relevant to whoever gets them. */
export interface Span<Row> {
  readonly afterSeq: number;
  readonly uptoSeq: number;
  /** Ascending. */
  readonly rows: readonly Numbered<Row>[];
}

/** The one reader of a table on this instance. */
export interface Reader {
  /** The newest that it has read. */
  readonly seq: number;
  readonly isReading: boolean;
  /** The newest that it was told of while it was reading; 0: nothing. */
  readonly hintedSeq: number;
}

/** A reader that is to tell of what comes after `seq`. */
export function readerAt(seq: number): Reader {
  return { seq, isReading: false, hintedSeq: 0 };
}

/** Something newer may be there; whether to read now is `isReading` of what it returns. */
export function hint(reader: Reader, seq: number): Reader {
  if (seq <= reader.seq) return reader;
  if (!reader.isReading) return { ...reader, isReading: true };
  return { ...reader, hintedSeq: Math.max(reader.hintedSeq, seq) };
}

/**
 * A read has ended at `seq`. One that began before a hint may have missed what the hint told of, so there is another;
 * only one, because a hint may also tell of what is not there.
 */
export function readTo(reader: Reader, seq: number, isFull: boolean): Reader {
  const isReading = isFull || reader.hintedSeq > seq;
  return { seq, isReading, hintedSeq: isFull ? reader.hintedSeq : 0 };
}

/** A read has failed: the next poll reads again. */
export function readFailed(reader: Reader): Reader {
  return { ...reader, isReading: false, hintedSeq: 0 };
}

/** Where a subscriber stands. */
export interface Follower<Row> {
  readonly state: 'live' | 'behind' | 'catching up';
  /** Everything up to here was handed over, is in the buffer, or does not concern it. */
  readonly seq: number;
  /** To be handed over. */
  readonly buffer: readonly Numbered<Row>[];
  /** While it catches up: what the reader has brought since its own read began; null: too much to keep. */
  readonly aside: readonly Numbered<Row>[] | null;
  /** While it catches up: where the reader stood when its own read began, and stands now. */
  readonly readerSeq: number;
}

/** A subscriber that lacks nothing the reader has read. */
export function liveAt<Row>(seq: number): Follower<Row> {
  return { state: 'live', seq, buffer: [], aside: null, readerSeq: 0 };
}

/** A subscriber that lacks what comes after `seq`. */
export function behindAt<Row>(seq: number): Follower<Row> {
  return { ...liveAt(seq), state: 'behind' };
}

/** The reader has read on. `capacity`: how many rows a buffer holds at most. */
export function receive<Row>(follower: Follower<Row>, span: Span<Row>, capacity: number): Follower<Row> {
  const { state, seq, buffer, aside } = follower;
  switch (state) {
    case 'behind':
      return follower;
    case 'catching up': {
      const kept = aside === null ? null : [...aside, ...span.rows];
      return {
        ...follower,
        aside: kept !== null && kept.length > capacity ? null : kept,
        readerSeq: Math.max(follower.readerSeq, span.uptoSeq),
      };
    }
    case 'live': {
      const fresh = after(span.rows, seq);
      if (span.afterSeq > seq || buffer.length + fresh.length > capacity) {
        return { ...follower, state: 'behind' };
      }
      if (fresh.length === 0 && span.uptoSeq <= seq) return follower;
      return { ...follower, buffer: [...buffer, ...fresh], seq: Math.max(seq, span.uptoSeq) };
    }
  }
}

/** Whether it is to read the table by itself: it is behind and has handed over all that it has. */
export function mustCatchUp({ state, buffer }: Follower<unknown>): boolean {
  return state === 'behind' && buffer.length === 0;
}

/** It begins to read by itself, after its own `seq`, while the reader stands at `readerSeq`. */
export function catchUp<Row>(follower: Follower<Row>, readerSeq: number): Follower<Row> {
  return { ...follower, state: 'catching up', aside: [], readerSeq };
}

/** Its own read has brought a page; `isAll`: there was no more. Rows that the reader had by then were there to be read. */
export function caughtUp<Row>(follower: Follower<Row>, page: Span<Row>, isAll: boolean): Follower<Row> {
  const fresh = after(page.rows, follower.seq);
  const buffer = [...follower.buffer, ...fresh];
  const seq = Math.max(follower.seq, page.uptoSeq);
  const { aside, readerSeq } = follower;
  if (!isAll || aside === null) return { ...behindAt(seq), buffer };
  return {
    ...liveAt(Math.max(seq, readerSeq)),
    buffer: [...buffer, ...after(aside, seq)],
  };
}

/** Its own read has failed. */
export function fellBack<Row>({ seq, buffer }: Follower<Row>): Follower<Row> {
  return { ...behindAt(seq), buffer };
}

/** The follower once the first of its buffer has been handed over. */
export function handedOver<Row>(follower: Follower<Row>): Follower<Row> {
  return { ...follower, buffer: follower.buffer.slice(1) };
}

function after<Row>(rows: readonly Numbered<Row>[], seq: number): readonly Numbered<Row>[] {
  return rows.filter((one) => one.seq > seq);
}
