import { describe, expect, test } from 'vitest';
import { chooseFirst, drawOf, orderFallbacks } from '../../../src/routing/plan/rank.ts';
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

  test('is nobody among nobody, and the only one among one', () => {
    expect(chooseFirst([], 0)).toBeUndefined();
    expect(chooseFirst([scored('a/b', 0)], 2 ** 48 - 1)).toBe(0);
  });

  test('is shared by near-equals, in order of key, less likely the further below the best', () => {
    // Weights 1 − .02/.05 = .6, 1, and none at a gap of .05 or more: the first has 3 of 8 parts.
    const candidates = [scored('a/b', 0.58), scored('a/c', 0.6), scored('a/d', 0.54)];
    expect(chooseFirst(candidates, drawAt(0))).toBe(0);
    expect(chooseFirst(candidates, drawAt(0.3749))).toBe(0);
    expect(chooseFirst(candidates, drawAt(0.3751))).toBe(1);
    expect(chooseFirst(candidates, 2 ** 48 - 1)).toBe(1);
  });

  test('is shared evenly by equals, those without any score included', () => {
    const candidates = [scored('a/b', 0), scored('a/c', 0), scored('a/d', 0), scored('a/e', 0)];
    expect([0, 0.26, 0.51, 0.76].map((share) => chooseFirst(candidates, drawAt(share)))).toEqual([
      0, 1, 2, 3,
    ]);
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
