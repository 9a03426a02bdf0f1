import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  behindAt,
  catchUp,
  caughtUp,
  receive,
  hint,
  liveAt,
  readerAt,
  readFailed,
  readTo,
  seeHead,
  type Place,
  type Span,
} from '../../src/events/resume.ts';
import { CAPACITY, happen, happening, World } from './resume-world.ts';

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
