import { orUnavailable } from '../storage/storage-fault.ts';
import { CursorExpiredError, InvalidInputError } from '../system/expected-error.ts';
import type { LiveSource } from './live-source.ts';
import type { FollowRequest, NumberedTable } from './numbered-table.ts';
import {
  behindAt,
  catchUp,
  caughtUp,
  fellBack,
  handedOver,
  receive,
  hint,
  liveAt,
  mustCatchUp,
  readerAt,
  readFailed,
  readTo,
  type Follower,
  type Reader,
  type Span,
} from './resume.ts';
import { accessTable, type TableAccess } from './table-access.service.ts';
import type { Semaphore } from './semaphore.service.ts';

/** Rows that are held for one subscriber; one that is further behind reads the table by itself. */
export const FEED_BUFFER = 200;

/** Those who follow one key of a table, with the one reader that reads it for all of them. */
export interface KeyFeed<Row> {
  /** As `Feed.follow`. */
  follow(request: Omit<FollowRequest<Row>, 'key'>): Promise<LiveSource<Row>>;
  /** Rows up to this number may be there. */
  notify(seq: number): void;
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
  const { readHead, readPage, requireKept } = access;
  const members = new Set<Member<Row>>();
  /** Undefined until it is known where the table ends. */
  let reader: Reader | undefined;
  let notifiedSeq = 0;
  let started: Promise<Reader> | undefined;

  async function start(): Promise<Reader> {
    await options.listen();
    reader = readerAt(await readHead());
    // What was told meanwhile may have been committed after the end was read.
    notify(notifiedSeq);
    return reader;
  }

  function notify(seq: number): void {
    notifiedSeq = Math.max(notifiedSeq, seq);
    if (reader === undefined) return;
    const wasReading = reader.isReading;
    reader = hint(reader, seq);
    if (reader.isReading && !wasReading) void read(reader);
  }

  async function read(begun: Reader): Promise<void> {
    let now = begun;
    try {
      while (now.isReading) {
        const { span, isFull } = await readPage(now.seq);
        for (const member of members) deliver(member, span);
        // Hints have come during the read.
        now = reader = readTo(reader ?? now, span.uptoSeq, isFull);
      }
    } catch (error) {
      reader = readFailed(reader ?? now);
      onFailure(error);
    }
  }

  function deliver(member: Member<Row>, span: Span<Row>): void {
    member.follower = receive(member.follower, relevantTo(member, span), FEED_BUFFER);
    member.wake();
  }

  async function catchUpBy(member: Member<Row>): Promise<void> {
    using _permit = await semaphore.acquire();
    if (!members.has(member)) return;
    const { seq } = member.follower;
    member.follower = catchUp(member.follower, reader?.seq ?? 0);
    try {
      const { span, isFull } = await readPage(seq);
      await requireKept(seq);
      member.follower = caughtUp(member.follower, relevantTo(member, span), !isFull);
    } catch (error) {
      member.follower = fellBack(member.follower);
      if (error instanceof CursorExpiredError) throw error;
      member.isBlocked = true;
      onFailure(error);
    }
  }

  function leave(member: Member<Row>): void {
    if (members.delete(member) && members.size === 0) options.onEmpty();
  }

  return {
    notify,
    retry: () => members.forEach(unblock),
    async follow({ after, isRelevant }) {
      const member: Member<Row> = { isRelevant, follower: behindAt(0), isBlocked: false, wake: () => {} };
      members.add(member);
      try {
        const end = await orUnavailable(() => (started ??= start()));
        if (after !== null) await orUnavailable(() => requirePlace(access, after, end));
      } catch (error) {
        leave(member);
        throw error;
      }
      // Where the reader stands at this very moment: what it reads from now on is passed on.
      const endSeq = reader?.seq ?? 0;
      member.follower = after !== null && after < endSeq ? behindAt(after) : liveAt(after ?? endSeq);
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

/** Throws when nobody can begin after this number; `end` is how far this instance has read. */
async function requirePlace(
  { readHead, requireKept }: TableAccess<unknown>,
  afterSeq: number,
  end: Reader,
): Promise<void> {
  await requireKept(afterSeq);
  // A neighbour may have handed over what this instance has not read yet.
  if (afterSeq <= end.seq || afterSeq <= (await readHead())) return;
  throw new InvalidInputError([{ path: ['after'], message: 'lies ahead of everything there is' }]);
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
      if (refilling === undefined && !member.isBlocked && mustCatchUp(member.follower)) {
        refilling = catchUpByItself().finally(() => (refilling = undefined));
      }
      return refilling;
    },
    onWake: (wake) => void (member.wake = wake),
    [Symbol.dispose]: () => leave(member),
  };
}
