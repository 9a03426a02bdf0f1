import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { selectVoters } from '../../../src/routing/plan/voters.ts';
import { arbitraryPlanInput, candidate, planInput } from './plan-inputs.ts';

const keysOf = (...[plan, count]: Parameters<typeof selectVoters>) =>
  selectVoters(plan, count).map((voter) => voter.candidate.key);

test('voters are the best of each provider; a provider speaks twice only when there are not enough', () => {
  const plan = planRoute(
    planInput([
      candidate('a/best', { atsBps: 9900 }),
      candidate('a/good', { atsBps: 9800 }),
      candidate('b/fair', { atsBps: 7000 }),
      candidate('c/poor', { atsBps: 6000 }),
    ]),
  );
  expect(keysOf(plan, 2)).toEqual(['a/best', 'b/fair']);
  expect(keysOf(plan, 4)).toEqual(['a/best', 'b/fair', 'c/poor', 'a/good']);
  expect(keysOf(plan, 9)).toHaveLength(4);
});

test('voters are chosen by raw score: neither the draw nor the fallback penalty counts', () => {
  const dear = candidate('b/dear', { atsBps: 9500, outputMicroUsdPerMillionTokens: 4_000_000 });
  const rules = {
    qualityWeightPct: 70,
    latencyWeightPct: 15,
    costWeightPct: 15,
    fallbackCostPenaltyBps: 10_000,
  };
  const plan = planRoute(
    planInput([candidate('a/cheap', { atsBps: 9400 }), dear, candidate('c/low', { atsBps: 6000 })], {
      rules,
      draw: 0,
    }),
  );
  expect(plan.ranked.map((ranked) => ranked.candidate.key)).toEqual(['a/cheap', 'c/low', 'b/dear']);
  expect(selectVoters(plan, 2)).toMatchObject([
    { candidate: { key: 'b/dear' }, position: 1, inPlan: true, contributions: { fallbackPenaltyBps: 0 } },
    { candidate: { key: 'a/cheap' }, position: 2, inPlan: true },
  ]);
});

test('who would have to wait does not vote', () => {
  const plan = planRoute(planInput([candidate('a/b', {}, { coolDownMs: 1000 })]));
  expect(plan.ranked).toHaveLength(1);
  expect(selectVoters(plan, 3)).toEqual([]);
});

test('one voter more never changes the others, and providers differ as long as they can', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, fc.integer({ min: 1, max: 6 }), (input, count) => {
      const plan = planRoute(input);
      const fewer = selectVoters(plan, count);
      expect(selectVoters(plan, count + 1).slice(0, count)).toEqual(fewer);
      const callable = plan.ranked.filter(({ notBeforeMs }) => notBeforeMs === null);
      const providers = new Set(callable.map((ranked) => ranked.candidate.providerSlug));
      const heard = new Set(fewer.map((voter) => voter.candidate.providerSlug));
      expect(heard.size).toBe(Math.min(count, providers.size));
    }),
  );
});
