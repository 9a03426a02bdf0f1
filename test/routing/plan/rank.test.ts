import { describe, expect, test } from 'vitest';
import {
  affinityAmong,
  chooseFirst,
  drawOf,
  firstPlaceAmong,
  firstShareOf,
  orderFallbacks,
} from '../../../src/routing/plan/rank.ts';
import type { Scored } from '../../../src/routing/plan/score.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { candidate } from './plan-inputs.ts';

/** A candidate as if it had been scored so. */
function scored(key: string, score: number, costMicroUsd = 100): Scored {
  return {
    candidate: candidate(key),
    score,
    contributions: {
      quality: score,
      latency: 0,
      cost: 0,
      reliability: 1,
      headroom: 1,
      fallbackPenaltyBps: 0,
    },
    estimates: {
      latencyMs: 1,
      costMicroUsd,
      atsBps: 7500,
      outputBudgetTokens: 1,
      reasoningFloorApplied: false,
      outputBudgetLowered: false,
    },
  };
}

test('a draw is the first 48 bits of the SHA-256 of the decision id', () => {
  // SHA-256("abc") begins with ba7816bf8f01 (FIPS 180-4).
  expect(drawOf(nodeSha256, 'abc')).toBe(0xba7816bf8f01);
});

describe('the first choice', () => {
  const drawAt = (share: number) => Math.floor(share * 2 ** 48);

  /** The key of the first choice, and how likely each is it. */
  const choose = (candidates: readonly Scored[], draw: number | null, marginPct = 5) => {
    const place = firstPlaceAmong(candidates, marginPct)!;
    return {
      key: chooseFirst(place, candidates, draw).candidate.key,
      shares: candidates.map((each) => firstShareOf(place, each)),
    };
  };
  const keysAt = (candidates: readonly Scored[], ...draws: (number | null)[]) =>
    draws.map((draw) => choose(candidates, draw).key);

  // Weights 1 − .02/.05 = .6, 1, and none at a gap of .05 or more: the first has 3 of 8 parts.
  const near = [scored('a/b', 0.58), scored('a/c', 0.6), scored('a/d', 0.54)];
  const equals = [scored('a/b', 0), scored('a/c', 0), scored('a/d', 0), scored('a/e', 0)];

  test('is nobody among nobody, and the only one among one', () => {
    expect(firstPlaceAmong([], 5)).toBeUndefined();
    expect(choose([scored('a/b', 0)], 2 ** 48 - 1)).toEqual({ key: 'a/b', shares: [1] });
  });

  test('is shared by near-equals, in order of key, less likely the further below the best', () => {
    expect(keysAt(near, drawAt(0), drawAt(0.3749), drawAt(0.3751), 2 ** 48 - 1)).toEqual([
      'a/b',
      'a/b',
      'a/c',
      'a/c',
    ]);
    const { shares } = choose(near, 0);
    expect(shares[0]).toBeCloseTo(0.375, 10);
    expect(shares[1]).toBeCloseTo(0.625, 10);
    expect(shares[2]).toBe(0);
  });

  test('is shared evenly by equals, those without any score included', () => {
    expect(keysAt(equals, ...[0, 0.26, 0.51, 0.76].map(drawAt))).toEqual(['a/b', 'a/c', 'a/d', 'a/e']);
    expect(choose(equals, 0).shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('is the best, of equals the first by key, where nothing is drawn; the shares are those of a draw', () => {
    expect(keysAt(near, null)).toEqual(['a/c']);
    expect(keysAt(equals, null)).toEqual(['a/b']);
    expect(choose(near, null).shares).toEqual(choose(near, 0).shares);
  });

  test('is the best alone without a margin, whatever the draw, of equals the first by key', () => {
    expect(choose(near, 0, 0)).toEqual({ key: 'a/c', shares: [0, 1, 0] });
    expect(choose(equals, 2 ** 48 - 1, 0)).toEqual({ key: 'a/b', shares: [1, 0, 0, 0] });
  });

  test('is shared more widely by a wider margin', () => {
    // Weights 1 − .02/.2 = .9, 1, and 1 − .06/.2 = .7.
    const shares = choose(near, 0, 20).shares.map((share) => Math.round(share * 26));
    expect(shares).toEqual([9, 10, 7]);
  });
});

describe('fallbacks', () => {
  const keysOf = (ordered: readonly Scored[]) => ordered.map((each) => each.candidate.key);
  const first = scored('a/first', 0.9, 100);

  test('stand in order of score, then key', () => {
    const others = [scored('a/b', 0.5), scored('a/c', 0.7), scored('a/d', 0.5)];
    expect(keysOf(orderFallbacks(others, first, 500))).toEqual(['a/c', 'a/b', 'a/d']);
  });

  test('that cost more than the first choice are ordered by their penalized score and shown with their raw one', () => {
    // .72 × .95 = .684 stands behind .70 although its raw score is higher.
    const ordered = orderFallbacks([scored('a/dear', 0.72, 101), scored('a/even', 0.7, 100)], first, 500);
    expect(keysOf(ordered)).toEqual(['a/even', 'a/dear']);
    expect(ordered.map(({ score }) => score)).toEqual([0.7, 0.72]);
    expect(ordered.map(({ contributions }) => contributions.fallbackPenaltyBps)).toEqual([0, 500]);
  });

  test('that are penalized to the same worth stand in order of raw score', () => {
    const others = [scored('a/b', 0.3, 101), scored('a/c', 0.4, 101), scored('a/d', 0)];
    expect(keysOf(orderFallbacks(others, first, 10_000))).toEqual(['a/c', 'a/b', 'a/d']);
  });

  test('are not penalized where the penalty is nothing', () => {
    const ordered = orderFallbacks([scored('a/dear', 0.72, 101), scored('a/even', 0.7, 100)], first, 0);
    expect(keysOf(ordered)).toEqual(['a/dear', 'a/even']);
  });
});

describe('the model that a session is with', () => {
  const candidates = [scored('a/best', 0.6), scored('a/near', 0.46), scored('a/far', 0.44)];
  const keptOf = (key: string | null, marginPct = 5) =>
    affinityAmong(firstPlaceAmong(candidates, marginPct)!, candidates, key)?.candidate.key;

  test('comes first up to ten hundredths further below the best than near-equals are', () => {
    expect(keptOf('a/best')).toBe('a/best');
    expect(keptOf('a/near')).toBe('a/near');
    expect(keptOf('a/far')).toBeUndefined();
    expect(keptOf('a/far', 10)).toBe('a/far');
    expect(keptOf('a/near', 0)).toBeUndefined();
  });

  test('is nobody where there is none, or it may not be called', () => {
    expect(keptOf(null)).toBeUndefined();
    expect(keptOf('a/gone')).toBeUndefined();
  });
});
