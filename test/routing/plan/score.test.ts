import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutingPolicy } from '../../../src/policies/policy.ts';
import { estimate } from '../../../src/routing/plan/budget.ts';
import { unobserved, type Candidate } from '../../../src/routing/plan/plan-input.ts';
import {
  costUtility,
  latencyUtility,
  oct,
  qualityUtility,
  reliabilityOf,
  scoreCandidate,
} from '../../../src/routing/plan/score.ts';
import { arbitraryCandidate, arbitraryPolicy, candidate, facts } from './plan-inputs.ts';
import { defaultPolicy } from '../../policies/policies.ts';

describe('doublings', () => {
  test.each([
    [0, 0],
    [0.5, 0],
    [1, 0],
    [1.5, 0.5],
    [2, 1],
    [3, 1.5],
    [4, 2],
    [20.8, 4.3],
    [45, 5.40625],
    [2 ** 30, 30],
  ])('oct(%d) is %d', (x, expected) => {
    expect(oct(x)).toBeCloseTo(expected, 12);
  });

  test('powers of two are exact', () => {
    for (let power = 0; power <= 60; power += 1) expect(oct(2 ** power)).toBe(power);
  });

  test('never decrease, and end for any number', () => {
    const positive = fc.double({ min: 0, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (a, b) => oct(Math.min(a, b)) <= oct(Math.max(a, b))),
      { examples: [[0, Infinity]] },
    );
  });
});

describe('utilities', () => {
  test('quality counts from an ATS of one half', () => {
    expect([0, 5000, 7500, 8200, 10_000].map(qualityUtility)).toEqual([0, 0, 0.5, 0.64, 1]);
  });

  test('latency loses an eighth with each doubling above 250 ms', () => {
    expect([0, 250, 500, 1000, 1500, 64_000, 600_000].map(latencyUtility)).toEqual([
      1, 1, 0.875, 0.75, 0.6875, 0, 0,
    ]);
  });

  test('cost loses a twelfth with each doubling above 50 micro-USD; free is legal', () => {
    expect([0, 50, 400, 3200, 204_800, 1e9].map(costUtility)).toEqual([1, 1, 0.75, 0.5, 0, 0]);
  });

  test('stay within 0 and 1', () => {
    const anything = fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true }));
    fc.assert(
      fc.property(anything, (x) =>
        [qualityUtility(x), latencyUtility(x), costUtility(x)].every(
          (utility) => utility >= 0 && utility <= 1,
        ),
      ),
    );
  });
});

describe('reliability', () => {
  const of = (successes: number, failures: number) =>
    reliabilityOf({
      ...unobserved,
      successesHundredths: successes * 100,
      failuresHundredths: failures * 100,
    });

  test('is full for a model of which nothing is known, and up to one failure in a hundred', () => {
    expect(of(0, 0)).toBe(1);
    expect(of(79, 1)).toBe(1);
  });

  test('is the square of the smoothed ratio over 0.99', () => {
    // 20 / 25 / 0.99 = 0.808081, squared 0.652995
    expect(of(0, 5)).toBeCloseTo(0.652995, 6);
  });

  test('never falls below 0.05', () => {
    expect(of(0, 1000)).toBe(0.05);
  });
});

describe('a score', () => {
  test('of a known candidate is what the formula gives by hand', () => {
    // quality (0.82 − 0.5) / 0.5 = 0.64
    // latency 700 + 500 × 9 = 5200 ms = 20.8 × 250 ms = 2^4 × 1.3: 1 − 4.3 / 8 = 0.4625
    // cost 250 + 2000 = 2250 micro-USD = 45 × 50 = 2^5 × 1.40625: 1 − 5.40625 / 12 = 0.549479
    const known = candidate('a/b', {}, { failuresHundredths: 500, headroomPermille: 500 });
    const { score, contributions, estimates } = scoreCandidate(known, estimate(known, facts), defaultPolicy);
    expect(estimates).toMatchObject({ latencyMs: 5200, costMicroUsd: 2250, atsBps: 8200 });
    expect(contributions.quality).toBeCloseTo(0.4 * 0.64, 12);
    expect(contributions.latency).toBeCloseTo(0.3 * 0.4625, 12);
    expect(contributions.cost).toBeCloseTo(0.3 * (1 - 5.40625 / 12), 12);
    expect(contributions.reliability).toBeCloseTo(0.652995, 6);
    expect(contributions.headroom).toBe(0.5);
    expect(score).toBeCloseTo((0.256 + 0.13875 + 0.16484375) * 0.652995 * 0.5, 6);
  });

  test('is what its contributions add up to, a number in [0, 1]', () => {
    fc.assert(
      fc.property(arbitraryCandidate, arbitraryPolicy, (any, weights) => {
        const { score, contributions } = scoreCandidate(any, estimate(any, facts), weights);
        const { quality, latency, cost, reliability, headroom } = contributions;
        expect(score).toBeCloseTo((quality + latency + cost) * reliability * headroom, 12);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        for (const part of Object.values(contributions)) expect(part).not.toBeNaN();
      }),
    );
  });

  test('is never lower for a candidate that is better on one axis and equal on the rest', () => {
    const better = fc.constantFrom(
      { atsBps: 10_000 },
      { inputMicroUsdPerMillionTokens: 0 },
      { outputMicroUsdPerMillionTokens: 1 },
      { expectedFirstTokenMs: 0 },
      { expectedMicrosPerOutputToken: 1 },
      { measures: { latencyRatioPermille: 0 } },
      { measures: { failuresHundredths: 0 } },
      { measures: { successesHundredths: 1_000_000 } },
      { measures: { headroomPermille: 1000 } },
    );
    const scoreOf = (any: Candidate, weights: RoutingPolicy) =>
      scoreCandidate(any, estimate(any, facts), weights).score;
    fc.assert(
      fc.property(arbitraryCandidate, better, arbitraryPolicy, (any, { measures, ...rest }, weights) => {
        const plain: Candidate = {
          ...any,
          outputMicroUsdPerMillionTokens: any.outputMicroUsdPerMillionTokens + 1,
          expectedMicrosPerOutputToken: any.expectedMicrosPerOutputToken + 1,
        };
        const improved: Candidate = { ...plain, ...rest, measures: { ...plain.measures, ...measures } };
        expect(scoreOf(improved, weights)).toBeGreaterThanOrEqual(scoreOf(plain, weights));
      }),
      { numRuns: 500 },
    );
  });
});
