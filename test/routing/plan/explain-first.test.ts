import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainFirst } from '../../../src/routing/plan/explain-first.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { arbitraryPlanInput, candidate, planInput } from './plan-inputs.ts';

const near = [candidate('a/good', { atsBps: 8200 }), candidate('b/near', { atsBps: 8000 })];
const apart = [candidate('a/good', { atsBps: 8200 }), candidate('b/poor', { atsBps: 6000 })];
const open = candidate('a/open', {}, { breakerRetryAfterMs: 1500 });

test.each<[string, Parameters<typeof planInput>, string]>([
  [
    'drawn among near-equals',
    [near, { draw: 2 ** 48 - 1 }],
    'b/near was drawn, with a chance of 40 %, among the 2 models whose scores lie less than 0.05 below the best, 0.5596.',
  ],
  [
    'the best of near-equals in a preview',
    [near, { draw: null }],
    'a/good has the best score; a call draws its first choice, this one with a chance of 60 %, among the 2 models whose scores lie less than 0.05 below the best, 0.5596.',
  ],
  [
    'the one that the session is with',
    [near, { request: { affinity: 'b/near' }, draw: 0 }],
    'b/near answered this session’s last call, and its score, 0.5436, lies at most 0.15 below the best of the others, 0.5596.',
  ],
  ['far better than the next', [apart], 'a/good has the best score, 0.5596; the next, b/poor, has 0.3836.'],
  [
    'the best where the policy draws nothing',
    [near, { rules: { nearEqualMarginPct: 0 } }],
    'a/good has the best score, 0.5596; the next, b/near, has 0.5436, and the policy draws nothing among near-equals.',
  ],
  ['the only one', [[candidate('a/one')]], 'a/one is the only eligible model.'],
  ['soonest to recover', [[open]], 'No model may be called yet: a/open recovers soonest, in 1500 ms.'],
  [
    'nobody',
    [[candidate('a/b', { complianceScorePct: 1 })]],
    'No model may be called: `rejected` says why of each.',
  ],
  [
    'simulated, for want of a real model that the policy lets be called',
    [[candidate('s/steady', { disabledCause: 'stand_in' })], { standInsServe: true }],
    's/steady is the only eligible model; simulated models take part, because the policy lets no real model be called.',
  ],
])('a plan says why its first is first: %s', (_, input, sentence) => {
  expect(explainFirst(planRoute(planInput(...input)))).toBe(sentence);
});

test('any plan says it in one sentence that names its first', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, (input) => {
      const plan = planRoute(input);
      const reason = explainFirst(plan);
      expect(reason).toMatch(/^[^\n]{10,400}\.$/);
      if (plan.ranked[0] !== undefined) expect(reason).toContain(plan.ranked[0].candidate.key);
    }),
  );
});
