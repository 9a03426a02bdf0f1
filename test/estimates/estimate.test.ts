import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asExpected,
  estimateOf,
  LATENCY_HALF_LIFE_MS,
  RELIABILITY_HALF_LIFE_MS,
  type Estimate,
} from '../../src/estimates/estimate.ts';
import {
  addEnd,
  addRatio,
  openTrack,
  slotOf,
  SLOT_MS,
  TRACK_MS,
  type Track,
} from '../../src/estimates/track.ts';

type Event = readonly [atMs: number, what: number | 'success' | 'failure'];

function trackOf(events: readonly Event[]): Track {
  const track = openTrack();
  for (const [atMs, what] of events) {
    if (typeof what === 'number') addRatio(track, slotOf(atMs), what);
    else addEnd(track, slotOf(atMs), what);
  }
  return track;
}

const after = (events: readonly Event[], now: number) => estimateOf(trackOf(events), null, now);
const times = (count: number, event: Event): Event[] => Array.from({ length: count }, () => event);

const event: fc.Arbitrary<Event> = fc.tuple(
  fc.integer({ min: 0, max: 2 * TRACK_MS }),
  fc.oneof(fc.integer({ min: 0, max: 64_000 }), fc.constantFrom('success' as const, 'failure' as const)),
);

describe('an estimate', () => {
  it('is the catalog’s expectation while nothing was observed', () => {
    expect(after([], 0)).toEqual(asExpected);
    expect(after([], 1e12)).toEqual(asExpected);
  });

  it('takes one outcome for one word beside the expectation, and a row of them for the truth', () => {
    const one = after([[1000, 3000]], 1000).latencyRatioPermille;
    expect(one).toBe(1667);
    const minutes = Array.from({ length: 180 }, (_, second): Event => [second * 1000, 3000]);
    const many = after(minutes, 180_000).latencyRatioPermille;
    expect(many).toBeGreaterThan(2750);
    expect(many).toBeLessThanOrEqual(3000);
  });

  it('counts successes and failures one by one, and half of them when a half-life has passed', () => {
    const counted = after([...times(12, [0, 'success']), ...times(5, [0, 'failure'])], 0);
    expect(counted).toEqual({ ...asExpected, successesHundredths: 1200, failuresHundredths: 500 });
    const middle = SLOT_MS / 2;
    const later = after(times(12, [middle, 'success']), middle + RELIABILITY_HALF_LIFE_MS);
    expect(later.successesHundredths).toBe(600);
  });

  it('fades to the expectation without any calls, after millions as after a few', () => {
    for (const perSecond of [1, 100, 20_000]) {
      const track = openTrack();
      for (let second = 0; second < 300; second += 1) {
        for (let call = 0; call < perSecond; call += 1) addRatio(track, slotOf(second * 1000), 3000);
      }
      const ratios = [0, 120, 180, 240, 300].map(
        (idleS) => estimateOf(track, null, 300_000 + idleS * 1000).latencyRatioPermille,
      );
      expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
      expect(ratios[0]).toBeGreaterThan(2750);
      expect(ratios[4]).toBeLessThan(2100);
      expect(estimateOf(track, null, 300_000 + TRACK_MS + SLOT_MS)).toEqual(asExpected);
    }
  });

  it('forgets a latency by half in its half-life, whatever its phase, but for the prior’s growing weight', () => {
    const prior = 2;
    for (const atMs of [SLOT_MS / 2, SLOT_MS / 2 + 60_000]) {
      const ratio = after([[atMs, 3000]], atMs + LATENCY_HALF_LIFE_MS).latencyRatioPermille;
      expect(ratio).toBe(Math.round((prior * 1000 + 0.5 * 3000) / (prior + 0.5)));
    }
  });

  it('is the same in whatever order outcomes came', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.nat(), (events, seed) => {
        // Those that are too old for the newest are passed over: which they are would depend on the order.
        const newest = Math.max(0, ...events.map(([atMs]) => atMs));
        const kept = events.filter(([atMs]) => slotOf(newest) - slotOf(atMs) < TRACK_MS / SLOT_MS);
        const shuffled = kept.map((each, index) => [(index * 7919 + seed) % 1009, each] as const);
        shuffled.sort(([a], [b]) => a - b);
        expect(
          after(
            shuffled.map(([, each]) => each),
            newest,
          ),
        ).toEqual(after(kept, newest));
      }),
    );
  });

  it('lies between the expectation and what was observed, and never counts more than there was', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.nat(3 * TRACK_MS), (events, now) => {
        const { latencyRatioPermille: ratio, ...counts } = after(events, now);
        const ratios = events.flatMap(([, what]) => (typeof what === 'number' ? [what] : []));
        expect(ratio).toBeGreaterThanOrEqual(Math.min(1000, ...ratios));
        expect(ratio).toBeLessThanOrEqual(Math.max(1000, ...ratios));
        const count = (name: string) => events.filter(([, what]) => what === name).length;
        expect(counts.successesHundredths).toBeLessThanOrEqual(100 * count('success'));
        expect(counts.failuresHundredths).toBeLessThanOrEqual(100 * count('failure'));
      }),
    );
  });

  it('moves towards what a further outcome says, never away from it', () => {
    const distance = ({ latencyRatioPermille }: Estimate, told: number) =>
      Math.abs(latencyRatioPermille - told);
    const told = fc.integer({ min: 0, max: 64_000 });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), told, fc.nat(TRACK_MS), (events, ratio, waited) => {
        const now = Math.max(0, ...events.map(([atMs]) => atMs)) + waited;
        const before = after(events, now);
        const then = after([...events, [now, ratio]], now);
        // In a slot that is full already it is one of many, whose mean alone may move.
        const full = events.filter(
          ([atMs, what]) => slotOf(atMs) === slotOf(now) && typeof what === 'number',
        );
        if (full.length === 0) expect(distance(then, ratio)).toBeLessThanOrEqual(distance(before, ratio) + 1);
      }),
    );
  });

  it('survives clocks that go backwards: what is earlier counts where it belongs, and nothing grows', () => {
    const track = trackOf([
      [500_000, 3000],
      [100_000, 3000],
    ]);
    const ahead = estimateOf(track, null, 500_000);
    expect(estimateOf(track, null, 100_000)).toEqual(estimateOf(track, null, 500_000 - (500_000 % SLOT_MS)));
    expect(ahead.latencyRatioPermille).toBeGreaterThan(1000);
    addRatio(track, slotOf(-1e9), 64_000);
    expect(estimateOf(track, null, 500_000)).toEqual(ahead);
  });
});
