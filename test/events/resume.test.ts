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
  type Follower,
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
  readonly told: number[];
}

/** A table, hints on their way, one reader, and subscribers: everything happens when it is told to. */
class World {
  head = 0;
  readonly hints: number[] = [];
  reader: Reader = readerAt(0);
  reading: Page | null = null;
  readonly subscribers: Subscriber[] = [];
  readonly met = new Set<string>();

  commit(): void {
    this.head += 1;
    this.hints.push(this.head);
  }

  hint(seq: number): void {
    const wasReading = this.reader.isReading;
    this.reader = hint(this.reader, seq);
    if (this.reader.isReading && !wasReading) this.reading = this.page(this.reader.seq);
  }

  page(afterSeq: number): Page {
    const count = Math.min(PAGE, this.head - afterSeq);
    const rows = Array.from({ length: count }, (_, index) => {
      return { seq: afterSeq + index + 1, row: `row ${afterSeq + index + 1}` };
    });
    return { span: { afterSeq, uptoSeq: afterSeq + count, rows }, isFull: count === PAGE };
  }

  endRead(isLost: boolean): void {
    if (this.reading === null) return;
    const { span, isFull } = this.reading;
    this.reading = null;
    if (isLost) return void (this.reader = readFailed(this.reader));
    for (const one of this.subscribers) {
      const { state } = one.follower;
      one.follower = receive(one.follower, span, CAPACITY);
      if (state === 'live' && one.follower.state === 'behind') this.met.add('fell behind');
    }
    this.reader = readTo(this.reader, span.uptoSeq, isFull);
    if (this.reader.isReading) this.reading = this.page(this.reader.seq);
  }

  subscribe(back: number | null): void {
    const after = back === null ? this.reader.seq : Math.max(0, this.head - back);
    const follower = after < this.reader.seq ? behindAt<string>(after) : liveAt<string>(after);
    this.subscribers.push({ after, follower, reading: null, told: [] });
  }

  /** A subscriber asks: it takes what is at hand, or begins or ends a read of its own. */
  ask(one: Subscriber, isLost: boolean): void {
    const [first] = one.follower.buffer;
    if (first !== undefined) {
      expect(first.row).toBe(`row ${first.seq}`);
      one.told.push(first.seq);
      one.follower = handedOver(one.follower);
    } else if (one.reading !== null) {
      const { span, isFull } = one.reading;
      one.reading = null;
      const { aside } = one.follower;
      if (aside === null) this.met.add('could not keep all aside');
      else if (!isFull && aside.some(({ seq }) => seq > span.uptoSeq)) this.met.add('took over from aside');
      one.follower = isLost ? fellBack(one.follower) : caughtUp(one.follower, span, !isFull);
      if (one.follower.state === 'live') this.met.add('cut over');
    } else if (mustCatchUp(one.follower)) {
      one.reading = this.page(one.follower.seq);
      one.follower = catchUp(one.follower, this.reader.seq);
    }
  }

  /** What every poll does, and a subscriber that goes on reading. */
  settle(): void {
    this.hint(this.head);
    while (this.reading !== null) this.endRead(false);
    for (const one of this.subscribers) for (let i = 0; i < 4 * this.head + 8; i += 1) this.ask(one, false);
  }

  check(): void {
    for (const { after, told, follower } of this.subscribers) {
      expect(told).toEqual(told.map((_, index) => after + index + 1));
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
    case 'poll':
      return world.hint(world.head);
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
  it('gives each row exactly once and in order, however commits, messages, polls, reads and failures interleave', () => {
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
        for (const { after, told } of world.subscribers) expect(told).toHaveLength(world.head - after);
        for (const one of world.met) met.add(one);
      }),
      { numRuns: 300 },
    );
    // Without these the runs would have shown nothing.
    expect([...met].sort()).toEqual([
      'could not keep all aside',
      'cut over',
      'fell behind',
      'took over from aside',
    ]);
  });

  const idle = readerAt(5);
  const reading = { seq: 5, isReading: true, hintedSeq: 0 };
  const again = { ...reading, hintedSeq: 7 };
  it.each([
    ['idle passes over what it knows', hint(idle, 5), idle],
    ['idle reads when told of something newer', hint(idle, 6), reading],
    ['reading remembers what it is told of', hint(reading, 7), again],
    ['reading again remembers the newest', hint(again, 6), again],
    ['reading ends when nothing more was there', readTo(reading, 6, false), readerAt(6)],
    ['reading goes on after a full page', readTo(reading, 7, true), { ...reading, seq: 7 }],
    ['reading again ends when the read brought it', readTo(again, 7, false), readerAt(7)],
    ['reading again reads once more', readTo(again, 6, false), { ...reading, seq: 6 }],
    ['a failure leaves the rest to the poll', readFailed(again), idle],
  ])('a reader that is %s', (_name, after, expected) => {
    expect(after).toEqual(expected);
  });

  it('reads once more, not for ever, when it is told of what is not there', () => {
    let reader = hint(hint(idle, 6), 99);
    reader = readTo(reader, 6, false);
    expect(reader.isReading).toBe(true);
    expect(readTo(reader, 6, false).isReading).toBe(false);
  });

  const row = (seq: number) => ({ seq, row: `row ${seq}` });
  it('cuts over with what the reader brought during the read, and without what the read brought as well', () => {
    const reading = catchUp(behindAt<string>(3), 5);
    const told = receive(reading, { afterSeq: 5, uptoSeq: 7, rows: [row(6), row(7)] }, CAPACITY);
    const live = caughtUp(told, { afterSeq: 3, uptoSeq: 6, rows: [row(4), row(5), row(6)] }, true);
    expect(live).toMatchObject({ state: 'live', seq: 7, buffer: [row(4), row(5), row(6), row(7)] });
  });

  it('does not take part in what it has missed: a live follower that was skipped reads by itself', () => {
    const skipped = receive(
      liveAt<string>(3),
      { afterSeq: 4, uptoSeq: 5, rows: [{ seq: 5, row: 'x' }] },
      CAPACITY,
    );
    expect([skipped.state, skipped.seq, skipped.buffer]).toEqual(['behind', 3, []]);
  });
});
