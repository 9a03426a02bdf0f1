import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCall, lastPerSecond, openCallRate, perSecondAt } from '../../../src/limits/places/call-rate.ts';

const WINDOW_MS = 10_000;

function rateOf(everyMs: number, forMs: number, fromMs = 0) {
  const rate = openCallRate(WINDOW_MS, fromMs);
  for (let now = fromMs; now < fromMs + forMs; now += everyMs) countCall(rate, now);
  return rate;
}

describe('the rate of calls', () => {
  it.each([
    { everyMs: 10, forMs: 3_000, perSecond: 100 },
    { everyMs: 10, forMs: 60_000, perSecond: 100 },
    { everyMs: 1, forMs: 25_000, perSecond: 1_000 },
    { everyMs: 500, forMs: 60_000, perSecond: 2 },
  ])('is $perSecond after one each $everyMs ms for $forMs ms', ({ everyMs, forMs, perSecond }) => {
    const rate = rateOf(everyMs, forMs);
    expect(lastPerSecond(rate) / perSecond).toBeGreaterThan(0.9);
    expect(lastPerSecond(rate) / perSecond).toBeLessThan(1.1);
  });

  it('is what it was when the last call was made, however long ago that is', () => {
    const rate = rateOf(10, 30_000);
    const before = lastPerSecond(rate);
    expect(lastPerSecond(rate)).toBe(before);
    expect(perSecondAt(rate, 100_000)).toBe(0);
  });

  it('is no more than what came within the second, when all came at once', () => {
    const rate = openCallRate(WINDOW_MS, 5);
    for (let call = 0; call < 7; call += 1) countCall(rate, 5);
    expect(lastPerSecond(rate)).toBe(7);
  });

  it('begins anew after a silence', () => {
    const rate = rateOf(10, 30_000);
    countCall(rate, 100_000);
    expect(lastPerSecond(rate)).toBe(1);
  });

  it('is never negative and never more than all that was counted', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 15_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (steps) => {
        const rate = openCallRate(WINDOW_MS, 0);
        let now = 0;
        for (const step of steps) {
          countCall(rate, (now += step));
          for (const told of [lastPerSecond(rate), perSecondAt(rate, now)]) {
            expect(told).toBeGreaterThanOrEqual(0);
            expect(told).toBeLessThanOrEqual(steps.length);
          }
        }
      }),
    );
  });
});
