import fc from 'fast-check';
import { expect } from 'vitest';
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

export const CAPACITY = 3;
const PAGE = 4;

interface Page {
  readonly span: Span<string>;
  readonly isFull: boolean;
}

export interface Subscriber {
  readonly after: number;
  follower: Follower<string>;
  reading: Page | null;
  readonly told: string[];
}

/**
 * A table that may go back, hints on their way, one reader, and subscribers: everything happens when it is told to.
 * What a read brings is of the moment at which it begins; whether its place is kept is asked when it ends.
 */
export class World {
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

export const happening = fc.oneof(
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
export type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never;

export function happen(world: World, one: Happening): void {
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
