import { describe, expect, it, test } from 'vitest';
import { decodePlanInput, encodePlanInput } from '../../../src/routing/plan/plan-codec.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { replayPlan } from '../../../src/routing/plan/replay.ts';
import { candidate, planInput } from './plan-inputs.ts';

const chat = candidate('a/chat');
const embeds = candidate('a/embed', {
  capabilities: ['EMBEDDINGS'],
  contextWindowTokens: 8000,
  maxOutputTokens: 1,
  inputMicroUsdPerMillionTokens: 20_000,
});
const wanted = { requires: ['EMBEDDINGS'], embedding: { longestInputTokens: 500 } } as const;
const reasons = (input: Parameters<typeof planRoute>[0]) =>
  planRoute(input).rejected.map(({ candidate: { key }, reason }) => [key, reason]);

describe('a plan of vectors', () => {
  it('has models that embed alone, and one of answers none of them', () => {
    expect(reasons(planInput([chat, embeds], { request: wanted }))).toEqual([
      ['a/chat', 'MISSING_CAPABILITY'],
    ]);
    expect(reasons(planInput([chat, embeds]))).toEqual([['a/embed', 'MISSING_CAPABILITY']]);
  });

  it('asks for no output, and costs its input alone, however small the model’s limit of output is', () => {
    const request = { ...wanted, estimatedInputTokens: 100_000, maxOutputTokens: null };
    const [first] = planRoute(planInput([embeds], { request })).ranked;
    expect(first?.estimates).toMatchObject({
      outputBudgetTokens: 0,
      costMicroUsd: 2000,
      latencyMs: 700,
      reasoningFloorApplied: false,
    });
  });

  it('holds each text against a window, and not all together', () => {
    const request = { ...wanted, estimatedInputTokens: 300_000 };
    expect(reasons(planInput([embeds], { request }))).toEqual([]);
    const long = { ...request, embedding: { longestInputTokens: 8001 } };
    expect(reasons(planInput([embeds], { request: long }))).toEqual([['a/embed', 'CONTEXT_TOO_SMALL']]);
  });

  it('comes back from its record as it was', () => {
    const input = planInput([chat, embeds], { request: wanted });
    expect(decodePlanInput(encodePlanInput(input))).toEqual(input);
    expect(replayPlan(decodePlanInput(encodePlanInput(input)))).toEqual({
      kind: 'plan',
      plan: planRoute(input),
    });
  });
});

test('a decision of the third planner is planned as it was: with models that embed', () => {
  const input = { ...planInput([chat, embeds], { request: { maxOutputTokens: 1 } }), plannerVersion: 3 };
  const replay = replayPlan(decodePlanInput(encodePlanInput(input)));
  expect(replay.kind === 'plan' && replay.plan.ranked.map((each) => each.candidate.key)).toContain('a/embed');
});

test.each([4, 5])('a vote of planner %i is planned as a vote', (plannerVersion) => {
  const input = { ...planInput([chat, candidate('b/chat')]), plannerVersion, voters: 2 };
  const replay = replayPlan(decodePlanInput(encodePlanInput(input)));
  expect(replay.kind === 'plan' && replay.plan.firstChoice).toBe('voters');
});
