import { orUnavailable } from '../storage/storage-fault.ts';
import { CursorExpiredError } from '../system/expected-error.ts';
import type { LiveSource } from './live-source.ts';
import type { FollowRequest, NumberedTable } from './numbered-table.ts';
import {
  behindAt,
  catchUp,
  caughtUp,
  fellBack,
  handedOver,
  receive,
  liveAt,
  mustCatchUp,
  seeEnd,
  START,
  wentBack,
  type Follower,
  type Place,
  type Span,
} from './resume.ts';
import { accessTable } from './table-access.service.ts';
import { createTableReader } from './table-reader.service.ts';
import type { Semaphore } from './semaphore.service.ts';

/** Rows that are held for one subscriber; one that is further behind reads the table by itself. */
export const FEED_BUFFER = 200;

/** Those who follow one key of a table, with the one reader that reads it for all of them. */
export interface KeyFeed<Row> {
  /** As `Feed.follow`. */
  follow(request: Omit<FollowRequest<Row>, 'key'>): Promise<LiveSource<Row>>;
  /** Rows up to this number may be there. */
  notify(seq: number): void;
  /** The table was seen to end here. */
  see(head: Place): void;
  /** Those whose own read failed may try again. */
  retry(): void;
}

export interface KeyFeedOptions<Row> {
  readonly key: string;
  readonly table: NumberedTable<Row>;
  /** Passed by those who read by themselves, so that many who come at once leave the database to others. */
  readonly semaphore: Semaphore;
  /** Resolves when every change from now on will be told. */
  readonly listen: () => Promise<unknown>;
  /** A read has failed; the next poll makes up for it. */
  readonly onFailure: (error: unknown) => void;
  /** The table lacks a place that this instance has read, and goes on from another. */
  readonly onWentBack: (from: Place, to: Place) => void;
  readonly onEmpty: () => void;
}

interface Member<Row> {
  readonly isRelevant: (row: Row) => boolean;
  follower: Follower<Row>;
  /** Its own read has failed, and there is no use in another one before the next poll. */
  isBlocked: boolean;
  wake: () => void;
}

/** A key that nobody follows. */
export function createKeyFeed<Row>(options: KeyFeedOptions<Row>): KeyFeed<Row> {
  const { semaphore, onFailure } = options;
  const access = accessTable(options.table, options.key);
  const members = new Set<Member<Row>>();
  const reader = createTableReader({
    access,
    listen: options.listen,
    onFailure,
    onSpan(span) {
      for (const member of members) deliver(member, span);
    },
    onWentBack(gone, head) {
      options.onWentBack(gone, head);
      for (const member of members) {
        member.follower = wentBack(member.follower, gone);
        member.wake();
      }
    },
  });

  function deliver(member: Member<Row>, span: Span<Row>): void {
    member.follower = receive(member.follower, relevantTo(member, span), FEED_BUFFER);
    member.wake();
  }

  async function catchUpBy(member: Member<Row>): Promise<void> {
    using _permit = await semaphore.acquire();
    if (!members.has(member)) return;
    const { place } = member.follower;
    member.follower = catchUp(member.follower, reader.place());
    try {
      const { span, isFull } = await access.readPage(place);
      await access.requireKept(place);
      member.follower = caughtUp(member.follower, relevantTo(member, span), !isFull);
      // It has read all there is, and the reader says otherwise: the next poll shows which of them is right.
      member.isBlocked = span.rows.length === 0 && member.follower.state === 'behind';
    } catch (error) {
      if (member.follower.state !== 'lost') member.follower = fellBack(member.follower);
      if (error instanceof CursorExpiredError) throw error;
      member.isBlocked = true;
      onFailure(error);
    }
  }

  function leave(member: Member<Row>): void {
    if (members.delete(member) && members.size === 0) options.onEmpty();
  }

  return {
    notify: reader.notify,
    see(head) {
      for (const member of members) member.follower = seeEnd(member.follower, head);
      reader.see(head);
    },
    retry: () => members.forEach(unblock),
    async follow({ after, isRelevant }) {
      const member: Member<Row> = { isRelevant, follower: behindAt(START), isBlocked: false, wake: () => {} };
      members.add(member);
      try {
        await orUnavailable(reader.start);
        if (after !== null) await orUnavailable(() => access.requireKept(after));
      } catch (error) {
        leave(member);
        throw error;
      }
      // Where the reader stands at this very moment: what it reads from now on is passed on.
      const end = reader.place();
      member.follower = after !== null && after.seq < end.seq ? behindAt(after) : liveAt(after ?? end);
      return sourceOf(member, () => catchUpBy(member), leave);
    },
  };
}

function relevantTo<Row>({ isRelevant }: Member<Row>, span: Span<Row>): Span<Row> {
  return { ...span, rows: span.rows.filter(({ row }) => isRelevant(row)) };
}

function unblock(member: Pick<Member<unknown>, 'isBlocked' | 'wake'>): void {
  member.isBlocked = false;
  member.wake();
}

function sourceOf<Row>(
  member: Member<Row>,
  catchUpByItself: () => Promise<void>,
  leave: (member: Member<Row>) => void,
): LiveSource<Row> {
  let refilling: Promise<void> | undefined;
  return {
    take() {
      const [first] = member.follower.buffer;
      if (first === undefined) return undefined;
      member.follower = handedOver(member.follower);
      return first.row;
    },
    hasMore: () => member.follower.buffer.length > 0,
    refill() {
      if (member.follower.state === 'lost') return Promise.reject(wentBackError());
      if (refilling === undefined && !member.isBlocked && mustCatchUp(member.follower)) {
        refilling = catchUpByItself().finally(() => (refilling = undefined));
      }
      return refilling;
    },
    onWake: (wake) => void (member.wake = wake),
    [Symbol.dispose]: () => leave(member),
  };
}

/** What a subscriber was told of has never been, as the database knows it now. */
function wentBackError(): CursorExpiredError {
  return new CursorExpiredError(
    'The database lacks the last of what this stream has told of: begin anew without its cursors.',
  );
}
