import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NextStep } from '../../../src/calls/verdict.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import {
  afterFailure,
  afterRefusal,
  beginWalk,
  isLastAttempt,
  type Walk,
} from '../../../src/routing/act/walk.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';

const { ranked } = planRoute(
  planInput([
    candidate('a/big', { contextWindowTokens: 200_000, atsBps: 9900 }),
    candidate('a/small', { contextWindowTokens: 50_000, atsBps: 9000 }),
    candidate('b/small', { contextWindowTokens: 60_000, atsBps: 8000 }),
    candidate('c/huge', { contextWindowTokens: 900_000, atsBps: 7000 }),
  ]),
);
const keysOf = (walk: Walk | undefined) => walk?.candidates.map(({ candidate: { key } }) => key);
const begin = (maxAttempts = 10) => beginWalk(ranked, true, maxAttempts);

describe('the walk through a plan', () => {
  test('begins with the whole ranking, best first', () => {
    expect(keysOf(begin())).toEqual(['a/big', 'a/small', 'b/small', 'c/huge']);
  });

  test('is the first choice alone when fallback is switched off', () => {
    expect(keysOf(beginWalk(ranked, false, 3))).toEqual(['a/big']);
  });

  test.each<[NextStep, 'model' | 'provider', string[] | undefined]>([
    ['stop', 'model', undefined],
    ['next', 'model', ['a/small', 'b/small', 'c/huge']],
    ['next', 'provider', ['b/small', 'c/huge']],
    ['same_then_next', 'model', ['a/big', 'a/small', 'b/small', 'c/huge']],
    ['larger_window', 'model', ['c/huge']],
    ['other_provider_then_stop', 'model', ['b/small', 'c/huge']],
  ])('after %s (skipping the %s) goes on with %j', (next, skip, expected) => {
    expect(keysOf(afterFailure(begin(), { next, skip }))).toEqual(expected);
  });

  test('tries the same model a second time and no third', () => {
    const again = afterFailure(begin(), { next: 'same_then_next', skip: 'model' });
    expect(again?.retried).toBe(true);
    const onward = again && afterFailure(again, { next: 'same_then_next', skip: 'model' });
    expect(keysOf(onward)).toEqual(['a/small', 'b/small', 'c/huge']);
    expect(onward?.retried).toBe(false);
  });

  test('hops to another dialect once', () => {
    const hop = afterFailure(begin(), { next: 'other_provider_then_stop', skip: 'model' });
    expect(hop && afterFailure(hop, { next: 'other_provider_then_stop', skip: 'model' })).toBeUndefined();
  });

  test('spends no attempt on a candidate that admission refused', () => {
    const walk = afterRefusal(begin(3));
    expect([walk.attemptsLeft, keysOf(walk)]).toEqual([3, ['a/small', 'b/small', 'c/huge']]);
  });

  test('knows its last attempt by the count and by the candidates', () => {
    expect([isLastAttempt(begin(2)), isLastAttempt(begin(1))]).toEqual([false, true]);
    expect(isLastAttempt(beginWalk(ranked, false, 3))).toBe(true);
  });

  test('never makes more calls than it may, whatever fails, and never returns to a candidate it left', () => {
    const step = fc.record({
      next: fc.constantFrom<NextStep>('next', 'same_then_next', 'larger_window', 'other_provider_then_stop'),
      skip: fc.constantFrom<'model' | 'provider'>('model', 'provider'),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 20 }),
        fc.integer({ min: 1, max: 10 }),
        (steps, most) => {
          const called: string[] = [];
          let walk: Walk | undefined = begin(most);
          for (const verdict of steps) {
            if (walk === undefined) break;
            called.push(keysOf(walk)?.[0] ?? 'none');
            walk = afterFailure(walk, verdict);
          }
          expect(walk).toBeUndefined();
          expect(called.length).toBeLessThanOrEqual(most);
          const left = called.filter((key, index) => index === 0 || key !== called[index - 1]);
          expect(new Set(left).size).toBe(left.length);
          for (const key of new Set(called))
            expect(called.filter((other) => other === key).length).toBeLessThanOrEqual(2);
        },
      ),
    );
  });
});
