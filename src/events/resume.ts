// How a stream of numbered rows is followed so that each is handed over exactly once and in order. The table is the
// truth; what the bus says only tells when to look. One reader follows a table for a whole instance, and a follower
// stands for each subscriber. A table may go back, when an older copy of the database takes its place, and then gives
// its numbers again: so everybody stands at a place, and asks whether the table still has it.
//
// Reader:
//
// | state       | hint of something newer | a head that it could not be behind | its read ends                | its place is gone |
// |-------------|-------------------------|------------------------------------|------------------------------|-------------------|
// | idle        | reads                   | reads                              | –                            | –                 |
// | reading     | reading, reads again    | –                                  | idle; reading when the page  | idle, at the head |
// |             |                         |                                    | was full                     |                   |
// | reads again | reads again             | –                                  | idle when the read brought   | idle, at the head |
// |             |                         |                                    | it; else reading once more   |                   |
//
// Follower:
//
// | state            | the reader's rows       | its own read ends             | the buffer is full         | the reader's place is gone |
// |------------------|-------------------------|-------------------------------|----------------------------|----------------------------|
// | live             | buffered, once          | –                             | behind                     | lost if it was its own,    |
// |                  |                         |                               |                            | too; else behind           |
// | behind           | left to its own read    | –                             | –                          | behind                     |
// | catching up      | kept aside              | not all: behind. All: live,   | behind: the read that is   | behind, without what was   |
// |                  |                         | with what was kept aside      | under way is not the last  | kept aside                 |
// | lost             | –                       | –                             | –                          | –                          |
//
// One whose own place is gone is told so, and is over.

/** Where somebody stands among the rows of a table. */
export interface Place {
  /** The number of the row that it stands behind; 0: before all. */
  readonly seq: number;
  /** What tells that row from another that has its number; null: not known. */
  readonly mark: string | null;
}

/** Before all rows. */
export const START: Place = { seq: 0, mark: null };

/** Whether two say the same. */
export function isSamePlace(one: Place, other: Place): boolean {
  return one.seq === other.seq && one.mark === other.mark;
}

/** A row with its place. */
export interface Numbered<Row> {
  readonly place: Place;
  readonly row: Row;
}

/** What one read has brought: all rows after `afterSeq` up to `upto` that are relevant to whoever gets them. */
export interface Span<Row> {
  readonly afterSeq: number;
  readonly upto: Place;
  /** Ascending. */
  readonly rows: readonly Numbered<Row>[];
  /** Of all rows, relevant or not. */
  readonly places: readonly Place[];
}

/** The one reader of a table on this instance. */
export interface Reader {
  /** The newest that it has read. */
  readonly place: Place;
  readonly isReading: boolean;
  /** The newest that it was told of while it was reading; 0: nothing. */
  readonly hintedSeq: number;
}

/** A reader that is to tell of what comes after `place`. */
export function readerAt(place: Place): Reader {
  return { place, isReading: false, hintedSeq: 0 };
}

/** Something newer may be there; whether to read now is `isReading` of what it returns. */
export function hint(reader: Reader, seq: number): Reader {
  if (seq <= reader.place.seq) return reader;
  if (!reader.isReading) return { ...reader, isReading: true };
  return { ...reader, hintedSeq: Math.max(reader.hintedSeq, seq) };
}

/**
 * The table was seen to end here, before now: further back than the reader stands, or at another row of its number,
 * it either was so once or has gone back, and a read will show.
 */
export function seeHead(reader: Reader, head: Place): Reader {
  const { place } = reader;
  if (head.seq > place.seq) return hint(reader, head.seq);
  return isSamePlace(head, place) ? reader : { ...reader, isReading: true };
}

/**
 * A read has ended at `place`. One that began before a hint may have missed what the hint told of, so there is another;
 * only one, because a hint may also tell of what is not there.
 */
export function readTo(reader: Reader, place: Place, isFull: boolean): Reader {
  const isReading = isFull || reader.hintedSeq > place.seq;
  return { place, isReading, hintedSeq: isFull ? reader.hintedSeq : 0 };
}

/** A read has failed: the next poll reads again. */
export function readFailed(reader: Reader): Reader {
  return { ...reader, isReading: false, hintedSeq: 0 };
}

/** Where a subscriber stands. */
export interface Follower<Row> {
  readonly state: 'live' | 'behind' | 'catching up' | 'lost';
  /** Everything up to here was handed over, is in the buffer, or does not concern it. */
  readonly place: Place;
  /** To be handed over. */
  readonly buffer: readonly Numbered<Row>[];
  /** While it catches up: what the reader has brought since its own read began; null: too much to keep. */
  readonly aside: readonly Numbered<Row>[] | null;
  /** While it catches up: where the reader stood when its own read began, and all that it has passed since. */
  readonly passed: readonly Place[];
}

/** A subscriber that lacks nothing the reader has read. */
export function liveAt<Row>(place: Place): Follower<Row> {
  return { state: 'live', place, buffer: [], aside: null, passed: [] };
}

/** A subscriber that lacks what comes after `place`. */
export function behindAt<Row>(place: Place): Follower<Row> {
  return { ...liveAt(place), state: 'behind' };
}

/** The reader has read on. `capacity`: how many rows a buffer holds at most. */
export function receive<Row>(follower: Follower<Row>, span: Span<Row>, capacity: number): Follower<Row> {
  const { state, place, buffer, aside } = follower;
  switch (state) {
    case 'behind':
    case 'lost':
      return follower;
    case 'catching up': {
      if (aside === null || aside.length + span.rows.length > capacity) return { ...follower, aside: null };
      return {
        ...follower,
        aside: [...aside, ...span.rows],
        passed: [...follower.passed, ...span.places],
      };
    }
    case 'live': {
      const fresh = after(span.rows, place.seq);
      const isLate = span.afterSeq > place.seq || buffer.length + fresh.length > capacity;
      // One that was ahead of the reader may have read what the table has lost since.
      const hasPassed = span.afterSeq < place.seq && place.seq <= span.upto.seq;
      if (isLate || (hasPassed && !span.places.some((one) => isSamePlace(one, place)))) {
        return { ...follower, state: 'behind' };
      }
      if (fresh.length === 0 && span.upto.seq <= place.seq) return follower;
      return { ...follower, buffer: [...buffer, ...fresh], place: later(place, span.upto) };
    }
  }
}

/** The table was seen to end here, before now: one that stands there or further on finds out by itself what is true. */
export function seeEnd<Row>(follower: Follower<Row>, head: Place): Follower<Row> {
  const { state, place } = follower;
  if (state !== 'live' || place.seq < head.seq || isSamePlace(place, head)) return follower;
  return { ...follower, state: 'behind' };
}

/** Whether it is to read the table by itself: it is behind and has handed over all that it has. */
export function mustCatchUp({ state, buffer }: Follower<unknown>): boolean {
  return state === 'behind' && buffer.length === 0;
}

/** It begins to read by itself, after its own place, while the reader stands at `readerPlace`. */
export function catchUp<Row>(follower: Follower<Row>, readerPlace: Place): Follower<Row> {
  return { ...follower, state: 'catching up', aside: [], passed: [readerPlace] };
}

/**
 * Its own read has brought a page; `isAll`: there was no more. Rows that the reader had by then were there to be read,
 * unless the table has gone back meanwhile: the follower is then behind still, and where the reader has found it out
 * first, the page is passed over.
 */
export function caughtUp<Row>(follower: Follower<Row>, page: Span<Row>, isAll: boolean): Follower<Row> {
  if (follower.state !== 'catching up') return follower;
  const fresh = after(page.rows, follower.place.seq);
  const buffer = [...follower.buffer, ...fresh];
  const place = later(follower.place, page.upto);
  const { aside, passed } = follower;
  const readerPlace = passed.at(-1) ?? START;
  // What the reader passed where this page ends was the same row, or one of the two is of a table that is no more.
  const doAgree = place.seq > readerPlace.seq || passed.some((one) => isSamePlace(one, place));
  if (!isAll || aside === null || !doAgree) return { ...behindAt(place), buffer };
  return {
    ...liveAt(later(place, readerPlace)),
    buffer: [...buffer, ...after(aside, place.seq)],
  };
}

/** Its own read has failed. */
export function fellBack<Row>({ place, buffer }: Follower<Row>): Follower<Row> {
  return { ...behindAt(place), buffer };
}

/** The reader has found that the table lacks its place, which was `gone`. */
export function wentBack<Row>(follower: Follower<Row>, gone: Place): Follower<Row> {
  if (isSamePlace(follower.place, gone)) return { ...behindAt(follower.place), state: 'lost' };
  return follower.state === 'lost' ? follower : fellBack(follower);
}

/** The follower once the first of its buffer has been handed over. */
export function handedOver<Row>(follower: Follower<Row>): Follower<Row> {
  return { ...follower, buffer: follower.buffer.slice(1) };
}

function after<Row>(rows: readonly Numbered<Row>[], seq: number): readonly Numbered<Row>[] {
  return rows.filter((one) => one.place.seq > seq);
}

function later(one: Place, other: Place): Place {
  return other.seq > one.seq ? other : one;
}
