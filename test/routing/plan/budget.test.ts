import { expect, test } from 'vitest';
import { estimate } from '../../../src/routing/plan/budget.ts';
import { candidate, facts } from './plan-inputs.ts';

const budgetOf = (model: Parameters<typeof candidate>[1], maxOutputTokens: number | null) => {
  const { outputBudgetTokens, reasoningFloorApplied, outputBudgetLowered } = estimate(
    candidate('a/b', model),
    {
      ...facts,
      maxOutputTokens,
    },
  );
  return [outputBudgetTokens, reasoningFloorApplied, outputBudgetLowered];
};

test('without a maximum the answer gets 4096 tokens, or what the model has left beside its floor', () => {
  expect(budgetOf({ maxOutputTokens: 16_000 }, null)).toEqual([4096, false, false]);
  expect(budgetOf({ maxOutputTokens: 2000 }, null)).toEqual([2000, false, false]);
  expect(budgetOf({ maxOutputTokens: 5000, reasoningTokenFloor: 1024 }, null)).toEqual([5000, true, false]);
});

test("the floor is added to the answer's tokens, and the plan says so", () => {
  expect(budgetOf({ reasoningTokenFloor: 1024 }, 16)).toEqual([1040, true, false]);
  expect(budgetOf({ reasoningTokenFloor: 0 }, 16)).toEqual([16, false, false]);
});

test("a maximum above the model's limit is lowered to it, and the plan says so", () => {
  expect(budgetOf({ maxOutputTokens: 4096 }, 5000)).toEqual([4096, false, true]);
  expect(budgetOf({ maxOutputTokens: 4096 }, 4096)).toEqual([4096, false, false]);
});

test('an unmeasured model counts with an ATS of 0.75', () => {
  expect(estimate(candidate('a/b', { atsBps: null }), facts).atsBps).toBe(7500);
});

test('expected latency scales with what was observed and stops growing at 500 tokens', () => {
  const latencyOf = (maxOutputTokens: number, latencyRatioPermille: number) =>
    estimate(candidate('a/b', {}, { latencyRatioPermille }), { ...facts, maxOutputTokens }).latencyMs;
  expect(latencyOf(100, 1000)).toBe(1600);
  expect(latencyOf(100, 2500)).toBe(4000);
  expect(latencyOf(500, 1000)).toBe(5200);
  expect(latencyOf(9000, 1000)).toBe(5200);
});
