import { expect, test } from 'vitest';
import { commonestReason } from '../../../src/routing/plan/commonest-reason.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { candidate, planInput } from './plan-inputs.ts';

const keyless = ['openai/a', 'openai/b', 'openai/c'].map((key) =>
  candidate(key, { disabledCause: 'no_credentials' }),
);
const aside = candidate('simulated/steady', { disabledCause: 'stand_in' });
const unscored = candidate('ollama/llama3.2', { complianceScorePct: 0 });
const unscoredToo = candidate('ollama/qwen', { complianceScorePct: 10 });
const open = candidate('vllm/open', {}, { breakerRetryAfterMs: 90_000 });

type Case = [of: string, ...Parameters<typeof planInput>, said: string | undefined];
const all = {};

test.each<Case>([
  ['nothing', [], all, undefined],
  ['one model', [unscored], all, 'ollama/llama3.2: compliance 0 % below 50 %'],
  [
    'a model beside many without keys and a stand-in',
    [unscored, ...keyless, aside],
    all,
    'ollama/llama3.2: compliance 0 % below 50 %',
  ],
  [
    'several alike',
    [unscored, unscoredToo, open],
    { request: { timeoutMs: 1000 } },
    'ollama/llama3.2: compliance 0 % below 50 %, and 1 more for such a reason',
  ],
  ['two reasons of one model each', [unscored, open], all, 'vllm/open: its circuit breaker is open'],
  [
    'none but what has no key',
    [...keyless, aside],
    all,
    'openai/a: its provider has no credentials, and 2 more for such a reason',
  ],
  [
    'the model that the request names',
    [unscored, keyless[1]!],
    { request: { models: ['openai/b'] } },
    'openai/b: its provider has no credentials',
  ],
  [
    'a lack of abilities',
    [candidate('a/b')],
    { request: { requires: ['VISION'] } },
    'a/b: it lacks the capability VISION',
  ],
])('the commonest reason of %s is told with a model’s name', (_, models, context, said) => {
  const input = planInput(models, context);
  expect(commonestReason(planRoute(input).rejected, input)).toBe(said);
});
