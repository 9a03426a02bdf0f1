import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRampOver,
  LEAST_PER_SECOND,
  LONGEST_RAMP_MS,
  openRamp,
  rampPerSecond,
  takeFromRamp,
} from '../../../src/limits/places/ramp.ts';

/** What the first seconds may give, second by second. */
const seconds = [0, 1, 2, 3, 4, 5];
const perSecond = (steady: number) => seconds.map((second) => rampPerSecond(steady, second * 1000 + 999));

describe('a ramp', () => {
  it.each([
    { steady: 0, gives: [10, 20, 40, 80, 160, 320] },
    { steady: 100, gives: [10, 20, 40, 80, 160, 320] },
    { steady: 300, gives: [15, 30, 60, 120, 240, 480] },
    { steady: 2_000, gives: [100, 200, 400, 800, 1_600, 3_200] },
  ])(
    'begins with a twentieth of $steady a second, ten at least, and doubles each second',
    ({ steady, gives }) => {
      expect(perSecond(steady)).toEqual(gives);
    },
  );

  it('gives its calls one by one over the second, not all at once', () => {
    const ramp = openRamp(1_000);
    const terms = { steadyPerSecond: 0, share: 1 };
    expect(takeFromRamp(ramp, terms, 1_000)).toBe(100);
    expect(takeFromRamp(ramp, terms, 1_099)).toBe(1);
    expect(takeFromRamp(ramp, terms, 1_100)).toBe(0);
    expect(takeFromRamp(ramp, terms, 1_100)).toBe(100);
    expect(takeFromRamp(ramp, terms, 1_300)).toBe(0);
    expect(takeFromRamp(ramp, terms, 1_300)).toBe(100);
  });

  it('gives each of several instances its share', () => {
    const ramps = [openRamp(0), openRamp(0), openRamp(0)];
    const given = ramps.map(() => 0);
    for (let now = 0; now < 1_000; now += 1) {
      ramps.forEach((ramp, index) => {
        const share = index === 0 ? 0.6 : 0.2;
        if (takeFromRamp(ramp, { steadyPerSecond: 0, share }, now) === 0) given[index]! += 1;
      });
    }
    expect(given).toEqual([5, 1, 1]);
  });

  it('never gives more than its rate, however many instances share it and whenever they ask', () => {
    const asks = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 0, max: 400 })), { maxLength: 300 });
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        asks,
        (...[steady, weights, steps]) => {
          const sum = weights.reduce((all, weight) => all + weight, 0);
          const instances = weights.map((weight) => ({ ramp: openRamp(0), share: weight / sum }));
          const given: number[] = [];
          let now = 0;
          for (const [index, waitMs] of steps) {
            now += waitMs;
            const { ramp, share } = instances[index % instances.length]!;
            for (let call = 0; call < 500; call += 1) {
              if (takeFromRamp(ramp, { steadyPerSecond: steady, share }, now) > 0) break;
              given.push(now);
            }
          }
          let allowed = 0;
          for (let second = 0; second * 1_000 <= Math.min(now, LONGEST_RAMP_MS - 1); second += 1) {
            allowed += rampPerSecond(steady, second * 1_000);
            const calls = given.filter((at) => at < (second + 1) * 1_000).length;
            expect(calls).toBeLessThanOrEqual(allowed + 1e-3);
          }
        },
      ),
    );
  });

  it('tells when there is a call again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 15_000 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (now, share) => {
          const ramp = openRamp(0);
          const terms = { steadyPerSecond: 0, share };
          while (takeFromRamp(ramp, terms, now) === 0);
          const waitMs = takeFromRamp(ramp, terms, now);
          // Who waits looks again each quarter of a second, and finds one sooner where the next second gives more.
          let at = now;
          for (let restMs = waitMs; restMs > 0; restMs = takeFromRamp(ramp, terms, at))
            at += Math.min(restMs, 250);
          expect(at - now).toBeLessThanOrEqual(waitMs + 1);
        },
      ),
    );
  });

  it('is over when it has reached what is usual and nobody waits for it, not before', () => {
    const ramp = openRamp(0);
    expect(isRampOver(ramp, 0, false, 999)).toBe(false);
    expect(isRampOver(ramp, 0, false, 1_000)).toBe(true);
    expect(isRampOver(ramp, 0, true, 5_000)).toBe(false);
    expect(isRampOver(ramp, 1_000, false, 4_000)).toBe(false);
    expect(isRampOver(ramp, 1_000, false, 5_000)).toBe(true);
    takeFromRamp(ramp, { steadyPerSecond: 0, share: 1 }, 0);
    while (takeFromRamp(ramp, { steadyPerSecond: 0, share: 1 }, 4_500) === 0);
    expect(isRampOver(ramp, 1_000, false, 5_000)).toBe(false);
    expect(isRampOver(ramp, 1_000, false, 5_500)).toBe(true);
    expect(isRampOver(ramp, 1e9, true, LONGEST_RAMP_MS)).toBe(true);
  });

  it('is nothing that anybody notices where less than ten a second are usual', () => {
    const ramp = openRamp(0);
    const terms = { steadyPerSecond: 3, share: 1 };
    // One call each 300 ms, from 300 ms on.
    for (let now = 300; now < 5_000; now += 300) expect(takeFromRamp(ramp, terms, now)).toBe(0);
    expect(LEAST_PER_SECOND).toBe(10);
  });
});
