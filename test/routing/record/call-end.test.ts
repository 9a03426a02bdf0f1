import { describe, expect, test } from 'vitest';
import type { CallEnd } from '../../../src/routing/act/execution.ts';
import {
  completionOf,
  endDecision,
  toOutcome,
  toRouteRefusal,
  toWholeRefusal,
  type RouteFailure,
  type RouteSuccess,
} from '../../../src/routing/record/call-end.ts';
import type { RejectedCandidate } from '../../../src/routing/plan/plan.ts';
import type { DecisionView } from '../../../src/routing/record/decision.ts';
import { viewDecision } from '../../../src/routing/record/decision-view.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';
import { pendingDecision, succeeded } from './decisions.ts';

const pending = pendingDecision();
const { attempts } = succeeded(pending);

/** What a call has come to that ended like this, a second after it was decided. */
function outcomeOf(end: CallEnd) {
  const decision = endDecision(pending, { attempts, end }, 1000);
  return toOutcome(viewDecision(decision), end);
}
const refusalOf = (end: CallEnd) => toRouteRefusal(outcomeOf(end) as RouteFailure);

const broken: CallEnd = {
  kind: 'interrupted',
  failureClass: 'MALFORMED',
  message: 'It broke.',
  deliveredText: 'Hel',
};

describe('a call that has ended', () => {
  test.each<[string, CallEnd, string, string]>([
    ['before anything was sent', { kind: 'none_admitted', retryAfterMs: 5 }, 'REFUSED', 'NO_ELIGIBLE_MODEL'],
    ['when all failed', { kind: 'exhausted', retryAfterMs: null }, 'EXHAUSTED', 'ATTEMPTS_EXHAUSTED'],
    ['by its time', { kind: 'deadline' }, 'DEADLINE', 'DEADLINE_EXCEEDED'],
    ['without its caller', { kind: 'cancelled' }, 'CANCELLED', 'DEADLINE_EXCEEDED'],
    ['amid a stream', broken, 'INTERRUPTED', 'STREAM_INTERRUPTED'],
    [
      'as invalid',
      { kind: 'refused', failureClass: 'INVALID_REQUEST', message: 'No.' },
      'REFUSED',
      'INVALID_REQUEST',
    ],
    [
      'as filtered',
      { kind: 'refused', failureClass: 'CONTENT_FILTER', message: 'No.' },
      'REFUSED',
      'CONTENT_FILTERED',
    ],
  ])('%s says so in its record and to its caller', (_how, end, status, code) => {
    const { view } = outcomeOf(end);
    expect(view.decision).toMatchObject({ status, modelKey: null, latencyMs: 1000, costMicroUsd: 65 });
    expect(refusalOf(end)).toMatchObject({ code });
    expect(refusalOf(end).message).not.toBe('');
  });

  test('says when to come back, and how it failed, where that is known', () => {
    expect(refusalOf({ kind: 'exhausted', retryAfterMs: 7 })).toMatchObject({
      retryAfterMs: 7,
      failureClass: null,
    });
    expect(refusalOf(broken)).toMatchObject({ retryAfterMs: null, failureClass: 'MALFORMED' });
  });

  test('amid a stream is an attempt that failed to whoever waited for a whole answer', () => {
    const outcome = outcomeOf(broken) as RouteFailure;
    expect(toRouteRefusal(outcome)).toMatchObject({ refusal: 'StreamInterrupted', message: 'It broke.' });
    expect(toWholeRefusal(outcome)).toMatchObject({
      refusal: 'AttemptsExhausted',
      code: 'ATTEMPTS_EXHAUSTED',
      message: 'It broke.',
    });
  });

  test('with an answer names its model and what that answer cost, earlier attempts apart', () => {
    const usage = { inputTokens: 100, outputTokens: 20, reasoningTokens: 0 };
    const answer = { text: 'Hello.', toolCalls: [], finishReason: 'stop', usage } as const;
    const outcome = outcomeOf({ kind: 'answered', answer, modelKey: 'openai/gpt' });
    expect(outcome.view.decision).toMatchObject({ status: 'SUCCEEDED', modelKey: 'openai/gpt' });
    expect(completionOf(outcome as RouteSuccess)).toMatchObject({
      answer,
      modelKey: 'openai/gpt',
      costMicroUsd: attempts.at(-1)?.costMicroUsd,
    });
  });
});

test.each([
  [250.4, 250],
  [2 ** 40, 2 ** 31 - 1],
])(
  'a call that took %d ms ended so much after it began, as far as that can be kept',
  (elapsedMs, latencyMs) => {
    const execution = { attempts: [], end: { kind: 'deadline' } } as const;
    const completedAt = pending.createdAt + latencyMs;
    expect(endDecision(pending, execution, elapsedMs)).toMatchObject({ latencyMs, completedAt });
  },
);

test.each([
  [Number.NaN, Number.NaN, 0, 0],
  [-5, -1, 0, 0],
  [Infinity, Infinity, 2 ** 31 - 1, Number.MAX_SAFE_INTEGER],
  [1.4, 2.6, 1, 3],
])(
  'whatever was measured (%d ms, %d), what is recorded is whole and not negative',
  (elapsedMs, cost, latencyMs, costMicroUsd) => {
    const odd = attempts.map((attempt) => ({ ...attempt, costMicroUsd: cost }));
    const execution = { attempts: odd.slice(0, 1), end: { kind: 'deadline' } as const };
    expect(endDecision(pending, execution, elapsedMs)).toMatchObject({ latencyMs, costMicroUsd });
  },
);

const vetoed: RejectedCandidate = {
  candidate: candidate('a/b', { complianceScorePct: 0 }),
  reason: 'COMPLIANCE_VETO',
  detail: 'Its compliance score of 0 % is below the threshold of 50 %.',
  retryAfterMs: null,
};

test.each([
  [[], 'No model may be called: the catalog is empty.'],
  [
    ['rejected'],
    'No model may be called now. a/b: compliance 0 % below 50 %. The plan says why for each of 1.',
  ],
  [['ranked', 'ranked', 'rejected'], /^No model may be called now: .* refused each of the 2 /],
])('a call that nobody was let make, of which the plan holds %j, says what kept it', (places, said) => {
  const view = {
    plan: () => ({
      ranked: places.filter((place) => place === 'ranked'),
      rejected: places.filter((place) => place === 'rejected').map(() => vetoed),
    }),
    decision: { planInput: planInput([]) },
  } as unknown as DecisionView;
  const { message } = toRouteRefusal({ view, end: { kind: 'none_admitted', retryAfterMs: 1_000 } });
  expect(message).toMatch(said);
});
