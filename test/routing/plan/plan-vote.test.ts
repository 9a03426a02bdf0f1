import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePlanInput, encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import type { PlanInput } from '../../../src/routing/plan/plan-input.ts';
import { planVote } from '../../../src/routing/plan/plan-vote.ts';
import { replayPlan } from '../../../src/routing/plan/replay.ts';
import { arbitraryPlanInput, candidate, planInput } from './plan-inputs.ts';

const asVote = (input: PlanInput, voters: number): PlanInput => ({
  ...input,
  voters,
});
const votersOf = (input: PlanInput) =>
  planVote(input)
    .ranked.filter(({ inPlan }) => inPlan)
    .map((ranked) => ranked.candidate.key);

const models = [
  candidate('a/best', { atsBps: 9900 }),
  candidate('a/good', { atsBps: 9800 }),
  candidate('b/dear', { atsBps: 9500, outputMicroUsdPerMillionTokens: 20_000_000 }),
  candidate('c/poor', { atsBps: 6000 }),
];

test('as many vote as are wanted, at most as many as the policy allows attempts, one under "strict"', () => {
  expect(votersOf(asVote(planInput(models, { rules: { maxAttempts: 10 } }), 2))).toHaveLength(2);
  expect(votersOf(asVote(planInput(models, { rules: { maxAttempts: 3 } }), 9))).toHaveLength(3);
  const strict = { policyName: 'strict_no_fallback', maxAttempts: 3 } as const;
  expect(votersOf(asVote(planInput(models, { rules: strict }), 9))).toEqual(['a/best']);
});

test('the bound on cost holds for all voters together: who does not fit is passed over', () => {
  const each = planVote(asVote(planInput(models), 1)).ranked[0]!.estimates.costMicroUsd;
  const input = planInput(models, { request: { maxCostMicroUsd: 2 * each }, rules: { maxAttempts: 10 } });
  expect(votersOf(asVote(input, 3))).toEqual(['a/best', 'c/poor']);
});

test('a vote is planned again from what was stored, bit for bit, and never takes more than its bounds', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, fc.integer({ min: 1, max: 10 }), (any, voters) => {
      const input = asVote(any, voters);
      const plan = planVote(input);
      const replay = replayPlan(decodePlanInput(encodePlanInput(input)));
      expect(JSON.stringify(replay)).toBe(JSON.stringify({ kind: 'plan', plan }));
      const voting = plan.ranked.filter(({ inPlan, notBeforeMs }) => inPlan && notBeforeMs === null);
      expect(voting.length).toBeLessThanOrEqual(Math.min(voters, plan.maxAttempts));
      const cost = voting.reduce((sum, { estimates }) => sum + estimates.costMicroUsd, 0);
      expect(cost).toBeLessThanOrEqual(input.request.maxCostMicroUsd ?? Infinity);
    }),
  );
});
