import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  seeEnd,
  seeHead,
  START,
  wentBack,
  type Follower,
  type Place,
  type Reader,
  type Span,
} from '../../src/events/resume.ts';

const CAPACITY = 3;
const PAGE = 4;

interface Page {
  readonly span: Span<string>;
  readonly isFull: boolean;
}

interface Subscriber {
  readonly after: number;
  follower: Follower<string>;
  reading: Page | null;
  readonly told: string[];
}

/**
 * A table that may go back, hints on their way, one reader, and subscribers: everything happens when it is told to.
 * What a read brings is of the moment at which it begins; whether its place is kept is asked when it ends.
 */
class World {
  /** The mark of each row, the first of number 1. */
  readonly rows: string[] = [];
  written = 0;
  readonly hints: number[] = [];
  reader: Reader = readerAt(START);
  reading: Page | null = null;
  readonly subscribers: Subscriber[] = [];
  readonly met = new Set<string>();

  get head(): number {
    return this.rows.length;
  }

  placeAt(seq: number): Place {
    return seq === 0 ? START : { seq, mark: this.rows[seq - 1] ?? null };
  }

  holds({ seq, mark }: Place): boolean {
    return seq === 0 || this.rows[seq - 1] === mark;
  }

  commit(): void {
    this.written += 1;
    this.rows.push(`row ${this.rows.length + 1}, written as ${this.written}`);
    this.hints.push(this.head);
  }

  goBack(count: number): void {
    this.rows.splice(Math.max(0, this.rows.length - count));
  }

  hint(seq: number): void {
    this.go(hint(this.reader, seq));
  }

  see(): void {
    const head = this.placeAt(this.head);
    for (const one of this.subscribers) one.follower = seeEnd(one.follower, head);
    this.go(seeHead(this.reader, head));
  }

  go(now: Reader): void {
    const wasReading = this.reader.isReading;
    this.reader = now;
    if (now.isReading && !wasReading) this.reading = this.page(now.place);
  }

  page(after: Place): Page {
    const { seq: afterSeq } = after;
    const texts = this.rows.slice(afterSeq, afterSeq + PAGE);
    const rows = texts.map((row, index) => ({ place: { seq: afterSeq + index + 1, mark: row }, row }));
    const places = rows.map(({ place }) => place);
    return { span: { afterSeq, upto: places.at(-1) ?? after, rows, places }, isFull: rows.length === PAGE };
  }

  endRead(isLost: boolean): void {
    if (this.reading === null) return;
    const { span, isFull } = this.reading;
    this.reading = null;
    if (isLost) return void (this.reader = readFailed(this.reader));
    if (this.holds(this.reader.place)) {
      for (const one of this.subscribers) {
        const { state } = one.follower;
        one.follower = receive(one.follower, span, CAPACITY);
        if (state === 'live' && one.follower.state === 'behind') this.met.add('fell behind');
      }
      this.reader = readTo(this.reader, span.upto, isFull);
    } else {
      const gone = this.reader.place;
      for (const one of this.subscribers) {
        const { state } = one.follower;
        one.follower = wentBack(one.follower, gone);
        if (one.follower.state === 'lost') this.met.add('was lost with the reader');
        else if (state === 'catching up') this.met.add('was catching up when the reader was lost');
      }
      this.reader = { ...readerAt(this.placeAt(this.head)), isReading: true };
    }
    if (this.reader.isReading) this.reading = this.page(this.reader.place);
  }

  subscribe(back: number | null): void {
    const { place } = this.reader;
    const after = back === null ? place : this.placeAt(Math.max(0, this.head - back));
    const follower = after.seq < place.seq ? behindAt<string>(after) : liveAt<string>(after);
    this.subscribers.push({ after: after.seq, follower, reading: null, told: [] });
  }

  /** A subscriber asks: it takes what is at hand, or begins or ends a read of its own. */
  ask(one: Subscriber, isLost: boolean): void {
    const [first] = one.follower.buffer;
    if (first !== undefined) {
      expect(first.row).toBe(first.place.mark);
      one.told.push(first.row);
      one.follower = handedOver(one.follower);
    } else if (one.reading !== null) {
      const { span, isFull } = one.reading;
      one.reading = null;
      if (one.follower.state !== 'catching up') this.met.add('passed over a page');
      const { aside } = one.follower;
      if (aside === null) this.met.add('could not keep all aside');
      else if (!isFull && aside.some(({ place }) => place.seq > span.upto.seq))
        this.met.add('took over from aside');
      if (isLost) one.follower = fellBack(one.follower);
      else if (this.holds(one.follower.place)) one.follower = caughtUp(one.follower, span, !isFull);
      else one.follower = wentBack(one.follower, one.follower.place);
      if (one.follower.state === 'live') this.met.add('cut over');
    } else if (mustCatchUp(one.follower)) {
      one.reading = this.page(one.follower.place);
      one.follower = catchUp(one.follower, this.reader.place);
    }
  }

  /** What every poll does, and a subscriber that goes on reading. */
  settle(): void {
    // What was being read when the table went back is found out by the next poll.
    for (let poll = 0; poll < 3; poll += 1) {
      this.see();
      while (this.reading !== null) this.endRead(false);
      for (const one of this.subscribers) for (let i = 0; i < 4 * this.head + 8; i += 1) this.ask(one, false);
    }
  }

  check(): void {
    for (const { after, told, follower } of this.subscribers) {
      expect(told.map((row) => parseInt(row.slice(4), 10))).toEqual(
        told.map((_, index) => after + index + 1),
      );
      expect(follower.buffer.length).toBeLessThanOrEqual(2 * CAPACITY);
      expect(follower.aside?.length ?? 0).toBeLessThanOrEqual(CAPACITY);
    }
  }
}

const happening = fc.oneof(
  fc.record({ what: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ what: fc.constant('hear' as const), which: fc.nat(), isKept: fc.boolean() }),
  fc.record({ what: fc.constant('lose' as const), which: fc.nat() }),
  fc.record({ what: fc.constant('invent' as const), seq: fc.nat(40) }),
  fc.record({ what: fc.constant('go back' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ what: fc.constant('poll' as const) }),
  fc.record({ what: fc.constant('read' as const), isLost: fc.boolean() }),
  fc.record({ what: fc.constant('read' as const), isLost: fc.constant(false) }),
  fc.record({ what: fc.constant('subscribe' as const), back: fc.option(fc.nat(8), { freq: 8 }) }),
  fc.record({ what: fc.constant('poll' as const) }),
  fc.record({ what: fc.constant('ask' as const), who: fc.nat(), isLost: fc.constant(false) }),
  fc.record({ what: fc.constant('ask' as const), who: fc.nat(), isLost: fc.boolean() }),
);
type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never;

function happen(world: World, one: Happening): void {
  const { hints, subscribers } = world;
  switch (one.what) {
    case 'commit':
      for (let i = 0; i < one.count; i += 1) world.commit();
      return;
    case 'hear': {
      const index = one.which % Math.max(1, hints.length);
      const seq = hints[index];
      if (seq !== undefined) world.hint(seq);
      if (!one.isKept) hints.splice(index, 1);
      return;
    }
    case 'lose':
      return void hints.splice(one.which % Math.max(1, hints.length), 1);
    case 'invent':
      return world.hint(one.seq);
    case 'go back':
      return world.goBack(one.count);
    case 'poll':
      return world.see();
    case 'read':
      return world.endRead(one.isLost);
    case 'subscribe':
      return world.subscribe(one.back);
    case 'ask': {
      const subscriber = subscribers[one.who % Math.max(1, subscribers.length)];
      if (subscriber !== undefined) world.ask(subscriber, one.isLost);
    }
  }
}

describe('resuming', () => {
  it('gives each row exactly once and in order, or says that it was lost, however commits, messages, polls, reads, failures and falls of the table interleave', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120, size: 'max' }), (happenings) => {
        const world = new World();
        for (const one of happenings) {
          happen(world, one);
          world.check();
        }
        world.settle();
        world.check();
        for (const { after, told, follower } of world.subscribers) {
          if (follower.state !== 'lost') expect(told).toEqual(world.rows.slice(after));
          else expect(world.written).toBeGreaterThan(world.head);
        }
        for (const one of world.met) met.add(one);
      }),
      { numRuns: 300 },
    );
    // Without these the runs would have shown nothing.
    expect([...met].sort()).toEqual([
      'could not keep all aside',
      'cut over',
      'fell behind',
      'passed over a page',
      'took over from aside',
      'was catching up when the reader was lost',
      'was lost with the reader',
    ]);
  });

  const at = (seq: number, mark = 'a'): Place => ({ seq, mark });
  const idle = readerAt(at(5));
  const reading = { place: at(5), isReading: true, hintedSeq: 0 };
  const again = { ...reading, hintedSeq: 7 };
  it.each([
    ['idle passes over what it knows', hint(idle, 5), idle],
    ['idle reads when told of something newer', hint(idle, 6), reading],
    ['idle sees the end where it stands', seeHead(idle, at(5)), idle],
    ['idle reads when the table ends further on', seeHead(idle, at(6)), reading],
    ['idle reads when the table ends further back', seeHead(idle, at(4)), reading],
    ['idle reads when the table ends at another row of its number', seeHead(idle, at(5, 'b')), reading],
    ['reading remembers what it is told of', hint(reading, 7), again],
    ['reading again remembers the newest', hint(again, 6), again],
    ['reading ends when nothing more was there', readTo(reading, at(6), false), readerAt(at(6))],
    ['reading goes on after a full page', readTo(reading, at(7), true), { ...reading, place: at(7) }],
    ['reading again ends when the read brought it', readTo(again, at(7), false), readerAt(at(7))],
    ['reading again reads once more', readTo(again, at(6), false), { ...reading, place: at(6) }],
    ['a failure leaves the rest to the poll', readFailed(again), idle],
  ])('a reader that is %s', (_name, after, expected) => {
    expect(after).toEqual(expected);
  });

  it('reads once more, not for ever, when it is told of what is not there', () => {
    let reader = hint(hint(idle, 6), 99);
    reader = readTo(reader, at(6), false);
    expect(reader.isReading).toBe(true);
    expect(readTo(reader, at(6), false).isReading).toBe(false);
  });

  const row = (seq: number) => ({ place: at(seq), row: `row ${seq}` });
  const spanOf = (afterSeq: number, uptoSeq: number): Span<string> => {
    const rows = Array.from({ length: uptoSeq - afterSeq }, (_, index) => row(afterSeq + index + 1));
    return { afterSeq, upto: at(uptoSeq), rows, places: rows.map(({ place }) => place) };
  };
  it('cuts over with what the reader brought during the read, and without what the read brought as well', () => {
    const reading = catchUp(behindAt<string>(at(3)), at(5));
    const told = receive(reading, spanOf(5, 7), CAPACITY);
    const live = caughtUp(told, spanOf(3, 6), true);
    expect(live).toMatchObject({ state: 'live', place: at(7), buffer: [row(4), row(5), row(6), row(7)] });
  });

  it('does not take part in what it has missed: a live follower that was skipped reads by itself', () => {
    const skipped = receive(liveAt<string>(at(3)), spanOf(4, 5), CAPACITY);
    expect([skipped.state, skipped.place, skipped.buffer]).toEqual(['behind', at(3), []]);
  });
});
