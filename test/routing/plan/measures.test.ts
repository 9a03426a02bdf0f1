import { expect, it } from 'vitest';
import { asExpected, type Estimate } from '../../../src/estimates/estimate.ts';
import { unlimited } from '../../../src/limits/limit-board.ts';
import { createMeasures } from '../../../src/routing/plan/measures.ts';
import { unobserved } from '../../../src/routing/plan/plan-input.ts';

const slow: Estimate = { latencyRatioPermille: 3000, successesHundredths: 900, failuresHundredths: 200 };

function prepare() {
  const state = { estimate: asExpected, limit: unlimited, retryAfterMs: null as number | null, shut: false };
  const visiting = (name: string) => ({ eachKnown: (visit: (keyOrSlug: string) => void) => visit(name) });
  const { measuresOf, eachKnown } = createMeasures({
    breakers: { ...visiting('a/b'), retryAfterMsOf: () => state.retryAfterMs, isShut: () => state.shut },
    limits: { ...visiting('a'), measuresOf: () => state.limit },
    estimates: { ...visiting('a/c'), estimateOf: () => state.estimate },
  });
  return { state, measured: () => measuresOf('acme/model'), eachKnown };
}

it('gives the estimate of a model to its plan, and makes nothing new while nothing changes', () => {
  const { state, measured } = prepare();
  expect(measured()).toBe(unobserved);
  state.estimate = slow;
  const known = measured();
  expect(known).toEqual({ ...unobserved, ...slow });
  expect(measured()).toBe(known);
  state.limit = { ...unlimited, headroomPermille: 500 };
  expect(measured()).toEqual({ ...unobserved, ...slow, headroomPermille: 500 });
});

it('leaves a model whose breaker is shut to its breaker: who may try it comes to it by the catalog’s word', () => {
  const { state, measured } = prepare();
  state.estimate = slow;
  state.shut = true;
  expect(measured()).toBe(unobserved);
  state.retryAfterMs = 700;
  expect(measured()).toEqual({ ...unobserved, breakerRetryAfterMs: 700 });
});

it('visits all of whom any of its sources knows', () => {
  const visited: string[] = [];
  prepare().eachKnown((name) => visited.push(name));
  expect(visited.sort()).toEqual(['a', 'a/b', 'a/c']);
});
