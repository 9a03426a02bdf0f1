import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asExpected, estimateOf } from '../../src/estimates/estimate.ts';
import { authorOf, partOf, sumParts, type Part } from '../../src/estimates/part-row.ts';
import {
  addEnd,
  addRatio,
  openTrack,
  slotOf,
  SLOT_MS,
  TRACK_MS,
  type Track,
} from '../../src/estimates/track.ts';
import { decodeRow, encodeRow } from '../../src/fleet/replication.ts';

const now = 20 * 60_000;

/** A part of an author, of calls that took `permille` of what was expected so long ago. */
function part(author: number, calls: readonly (readonly [agoMs: number, permille: number])[], age = 0): Part {
  const track = openTrack();
  for (const [agoMs, permille] of calls) {
    addRatio(track, slotOf(now - age - agoMs), permille);
    addEnd(track, slotOf(now - age - agoMs), permille > 5000 ? 'failure' : 'success');
  }
  return { author, row: partOf(track, author, now - age)?.row ?? [author, 0], writtenAtMs: now - age };
}

function sumOf(parts: readonly Part[], reader = -1): Track {
  const track = openTrack();
  sumParts(track, parts, reader, now);
  return track;
}

const estimateOfAll = (parts: readonly Part[]) => estimateOf(openTrack(), sumOf(parts), now);

const anyPart = fc
  .tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.tuple(fc.nat(TRACK_MS - 2 * SLOT_MS), fc.nat(64_000)), { maxLength: 12 }),
  )
  .map(([author, calls]) => part(author, calls));

describe('parts of several instances', () => {
  it('say together what one instance would that had made all calls', () => {
    const [one, two] = [
      [
        [0, 3000],
        [30_000, 1200],
      ],
      [
        [0, 900],
        [95_000, 8000],
      ],
    ] as const;
    const own = openTrack();
    for (const [agoMs, permille] of [...one, ...two]) {
      addRatio(own, slotOf(now - agoMs), permille);
      addEnd(own, slotOf(now - agoMs), permille > 5000 ? 'failure' : 'success');
    }
    expect(estimateOfAll([part(1, one), part(2, two)])).toEqual(estimateOf(own, null, now));
  });

  it('add up in any order, and to no more when one is told again', () => {
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 6 }), fc.nat(), (parts, seed) => {
        const distinct = [...new Map(parts.map((each) => [each.author, each])).values()];
        const shuffled = distinct.toSorted(
          (a, b) => ((a.author * 31 + seed) % 7) - ((b.author * 31 + seed) % 7),
        );
        const told = estimateOfAll(distinct);
        expect(estimateOfAll(shuffled)).toEqual(told);
        expect(estimateOfAll([...shuffled, ...distinct])).toEqual(told);
      }),
    );
  });

  it('count once where one author’s comes by two ways, and then the newer of both', () => {
    const older = part(1, [[0, 3000]], 15_000);
    const newer = part(1, [
      [0, 9000],
      [15_000, 3000],
    ]);
    for (const parts of [
      [older, newer],
      [newer, older],
    ]) {
      expect(estimateOfAll(parts)).toEqual(estimateOfAll([newer]));
    }
  });

  it('never hold what the reader has observed itself', () => {
    const own = part(7, [[0, 3000]]);
    expect(estimateOf(openTrack(), sumOf([own], 7), now)).toEqual(asExpected);
  });

  it('travel as texts, tell whose they are, and end when they say nothing any more', () => {
    const { row } = part(281_474_976_710_655, [[0, 3000]]);
    expect(decodeRow(encodeRow(row))).toEqual(row);
    expect(authorOf(row)).toBe(281_474_976_710_655);
    const track = openTrack();
    addRatio(track, slotOf(0), 3000);
    expect(partOf(track, 1, 0)?.holdsMs).toBe(TRACK_MS + SLOT_MS);
    expect(partOf(track, 1, TRACK_MS - SLOT_MS)?.holdsMs).toBeGreaterThan(0);
    expect(partOf(track, 1, TRACK_MS + SLOT_MS)).toBeNull();
    expect(partOf(openTrack(), 1, now)).toBeNull();
  });

  it('keep their age: what was written long ago weighs less, and nothing comes from the future', () => {
    const ratioOf = (age: number) => estimateOfAll([part(1, [[0, 3000]], age)]).latencyRatioPermille;
    expect(ratioOf(120_000)).toBeLessThan(ratioOf(0));
    expect(ratioOf(TRACK_MS)).toBe(1000);
    const ahead = { ...part(1, [[0, 3000]]), writtenAtMs: now + 3_600_000 };
    expect(sumOf([ahead]).newest).toBe(slotOf(now));
  });

  it('are bounded: no row from outside makes an estimate that could not be observed', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { maxLength: 300 }), fc.nat(), (row, age) => {
        const estimate = estimateOfAll([{ author: authorOf(row), row, writtenAtMs: now - age }]);
        expect(estimate.latencyRatioPermille).toBeGreaterThanOrEqual(0);
        expect(estimate.latencyRatioPermille).toBeLessThanOrEqual(64_000);
        expect(estimate.successesHundredths + estimate.failuresHundredths).toBeLessThan(50_000);
      }),
    );
  });
});
