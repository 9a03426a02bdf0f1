import { describe, expect, test } from 'vitest';
import type { DisabledCause } from '../../../src/catalog/catalog-view.ts';
import { estimate } from '../../../src/routing/plan/budget.ts';
import { createStandingExaminer, examineNow } from '../../../src/routing/plan/eligibility.ts';
import { endlessMs, type Candidate } from '../../../src/routing/plan/plan-input.ts';
import { candidate, planInput } from './plan-inputs.ts';

type Context = Parameters<typeof planInput>[1];

function verdict(subject: Candidate, context?: Context) {
  const input = planInput([subject], context);
  const { request } = input;
  return createStandingExaminer(input)(subject) ?? examineNow(subject, estimate(subject, request), request);
}

test('a candidate against which nothing stands is eligible', () => {
  expect(verdict(candidate('a/b'))).toBeNull();
});

const cases: readonly [reason: string, sentence: string, Candidate, Context?][] = [
  ['DISABLED', 'no credentials', candidate('a/b', { disabledCause: 'no_credentials' })],
  [
    'NOT_ALLOWED',
    'policy denies',
    candidate('a/b'),
    { rules: { deniedModels: ['a/*'], allowedModels: ['a/b'] } },
  ],
  ['NOT_ALLOWED', 'policy allows', candidate('a/b'), { rules: { allowedModels: ['c/*'] } }],
  ['NOT_ALLOWED', 'request names', candidate('a/b'), { request: { models: ['a/c'] } }],
  ['COMPLIANCE_VETO', '49 % is below the threshold of 50 %', candidate('a/b', { complianceScorePct: 49 })],
  ['MISSING_CAPABILITY', 'VISION', candidate('a/b'), { request: { requires: ['TOOLS', 'VISION'] } }],
  [
    'MISSING_CAPABILITY',
    'It takes images as bytes alone, and none by a URL.',
    candidate('a/b', { capabilities: ['VISION'] }),
    { request: { requires: ['VISION', 'IMAGE_URLS'] } },
  ],
  ['CONTEXT_TOO_SMALL', '2000 tokens', candidate('a/b', { contextWindowTokens: 1999 })],
  ['REASONING_FLOOR', 'need 16001 output tokens', candidate('a/b', { reasoningTokenFloor: 15_001 })],
  [
    'REASONING_FLOOR',
    'leaves none for an answer',
    candidate('a/b', { maxOutputTokens: 1024, reasoningTokenFloor: 1024 }),
    { request: { maxOutputTokens: null } },
  ],
  ['OVER_BUDGET', '2250 micro-USD', candidate('a/b'), { request: { maxCostMicroUsd: 2249 } }],
  ['HARD_DOWN', 'refused', candidate('a/b', {}, { hardDownMs: 9 })],
  ['BREAKER_OPEN', 'breaker is open', candidate('a/b', {}, { breakerRetryAfterMs: 0 })],
  ['RATE_LIMITED', 'rate limit', candidate('a/b', {}, { coolDownMs: 9 })],
];

test.each(cases)('%s is told with a sentence: "%s"', (reason, sentence, subject, context) => {
  const rejection = verdict(subject, context);
  expect(rejection?.reason).toBe(reason);
  expect(rejection?.detail).toContain(sentence);
});

test('what just fits is eligible', () => {
  expect(verdict(candidate('a/b', { complianceScorePct: 50 }))).toBeNull();
  expect(verdict(candidate('a/b', { contextWindowTokens: 2000 }))).toBeNull();
  expect(verdict(candidate('a/b', { reasoningTokenFloor: 15_000 }))).toBeNull();
  expect(verdict(candidate('a/b'), { request: { maxCostMicroUsd: 2250 } })).toBeNull();
});

test('the first failing reason is told, in the order of the checks', () => {
  const everythingWrong = candidate(
    'a/b',
    { complianceScorePct: 0, contextWindowTokens: 1, disabledCause: 'model_archived' },
    { hardDownMs: 1, breakerRetryAfterMs: 1, coolDownMs: 1 },
  );
  expect(verdict(everythingWrong)?.reason).toBe('DISABLED');
  expect(verdict({ ...everythingWrong, disabledCause: null })?.reason).toBe('COMPLIANCE_VETO');
});

test('each cause of DISABLED has a sentence of its own', () => {
  const causes: readonly DisabledCause[] = [
    'model_disabled',
    'model_archived',
    'provider_disabled',
    'provider_archived',
    'no_credentials',
    'stand_in',
  ];
  const sentences = causes.map((disabledCause) => verdict(candidate('a/b', { disabledCause }))?.detail);
  expect(new Set(sentences).size).toBe(causes.length);
});

describe('a stand-in', () => {
  const standIn = candidate('simulated/fast', { disabledCause: 'stand_in' });

  test.each([
    { request: { models: ['simulated/fast'] } },
    { request: { models: ['simulated/*'] } },
    { rules: { allowedModels: ['simulated/*'] } },
  ])('is used when it is named: %j', (context) => {
    expect(verdict(standIn, context)).toBeNull();
  });

  test('is used when stand-ins serve, as far as nothing else is against it', () => {
    expect(verdict(standIn, { standInsServe: true })).toBeNull();
    const denied = { standInsServe: true, rules: { deniedModels: ['simulated/*'] } };
    expect(verdict(standIn, denied)?.reason).toBe('NOT_ALLOWED');
    const disabled = candidate('a/b', { disabledCause: 'no_credentials' });
    expect(verdict(disabled, { standInsServe: true })?.reason).toBe('DISABLED');
  });

  test('is not used otherwise', () => {
    expect(verdict(standIn, { request: { models: ['simulated/slow', 'a/*'] } })?.reason).toBe('DISABLED');
  });
});

describe('retryAfterMs', () => {
  test('is when the last of all blocks has ended', () => {
    const blocked = candidate('a/b', {}, { breakerRetryAfterMs: 2000, coolDownMs: 5000 });
    expect(verdict(blocked)).toMatchObject({ reason: 'BREAKER_OPEN', retryAfterMs: 5000 });
  });

  test('is absent where the end is not known, and where waiting does not help', () => {
    expect(verdict(candidate('a/b', {}, { breakerRetryAfterMs: endlessMs }))?.retryAfterMs).toBeNull();
    expect(
      verdict(candidate('a/b', { complianceScorePct: 0 }, { coolDownMs: 5000 }))?.retryAfterMs,
    ).toBeNull();
  });
});
