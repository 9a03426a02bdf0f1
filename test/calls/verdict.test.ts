import { describe, expect, it } from 'vitest';
import { judge, type FailureFacts } from '../../src/calls/verdict.ts';
import { failureClasses, type FailureClass } from '../../src/providers/failure.ts';

const cutShort: FailureFacts = {
  httpStatus: null,
  ranOwnLimit: false,
  ranStreamLimit: false,
  elapsedMs: 4_999,
  fullAnswerMs: 1_000,
};
const streamLimit: FailureFacts = { ...cutShort, ranStreamLimit: true, elapsedMs: 50 };
const ownLimit: FailureFacts = { ...cutShort, ranOwnLimit: true };
const longSilence: FailureFacts = { ...cutShort, elapsedMs: 5_000 };
const slowModel: FailureFacts = { ...cutShort, elapsedMs: 29_999, fullAnswerMs: 10_000 };
const tooSlowModel: FailureFacts = { ...slowModel, elapsedMs: 30_000 };
const http = (httpStatus: number): FailureFacts => ({ ...cutShort, httpStatus });

const table: readonly [
  FailureClass,
  string,
  FailureFacts,
  status: string | null,
  signal: string,
  next: string,
  skip: string,
][] = [
  ['TIMEOUT', 'cut short', cutShort, 'timeout', 'neutral', 'next', 'model'],
  ['TIMEOUT', 'in its own time', ownLimit, 'timeout', 'failure', 'next', 'model'],
  ['TIMEOUT', 'when a stream was silent for too long', streamLimit, 'timeout', 'failure', 'next', 'model'],
  ['TIMEOUT', 'after 5 s', longSilence, 'timeout', 'failure', 'next', 'model'],
  ['TIMEOUT', 'below thrice the expectation', slowModel, 'timeout', 'neutral', 'next', 'model'],
  ['TIMEOUT', 'at thrice the expectation', tooSlowModel, 'timeout', 'failure', 'next', 'model'],
  ['DEADLINE', 'cut short', cutShort, 'timeout', 'neutral', 'stop', 'model'],
  ['DEADLINE', 'after 5 s', longSilence, 'timeout', 'failure', 'stop', 'model'],
  ['CONNECTION', '', cutShort, 'retriable_error', 'failure', 'same_then_next', 'model'],
  ['SERVER_ERROR', '500', http(500), 'retriable_error', 'failure', 'same_then_next', 'model'],
  ['SERVER_ERROR', '529', http(529), 'retriable_error', 'failure', 'same_then_next', 'model'],
  ['SERVER_ERROR', '408', http(408), 'retriable_error', 'failure', 'same_then_next', 'model'],
  ['MALFORMED', '200', http(200), 'retriable_error', 'failure', 'next', 'model'],
  ['EMPTY_OUTPUT', '200', http(200), 'retriable_error', 'neutral', 'next', 'model'],
  ['INVALID_OUTPUT', '200', http(200), 'retriable_error', 'neutral', 'next', 'model'],
  ['INVALID_OUTPUT', '400', http(400), 'retriable_error', 'neutral', 'next', 'model'],
  ['INTERNAL', '', cutShort, 'terminal_error', 'neutral', 'next', 'model'],
  ['RATE_LIMITED', '429', http(429), 'rate_limited', 'neutral', 'next', 'model'],
  ['QUOTA_EXHAUSTED', '402', http(402), 'rate_limited', 'neutral', 'next', 'provider'],
  ['QUOTA_EXHAUSTED', '429', http(429), 'rate_limited', 'neutral', 'next', 'provider'],
  ['AUTH', '401', http(401), 'terminal_error', 'neutral', 'next', 'provider'],
  ['AUTH', '400', http(400), 'terminal_error', 'neutral', 'next', 'provider'],
  ['AUTH', '403', http(403), 'terminal_error', 'neutral', 'next', 'model'],
  ['MODEL_NOT_FOUND', '404', http(404), 'terminal_error', 'neutral', 'next', 'model'],
  ['CONTEXT_LENGTH', '400', http(400), 'terminal_error', 'neutral', 'larger_window', 'model'],
  ['CONTENT_FILTER', '400', http(400), 'terminal_error', 'neutral', 'stop', 'model'],
  ['INVALID_REQUEST', '422', http(422), 'terminal_error', 'neutral', 'other_provider_then_stop', 'model'],
  ['CANCELLED', 'amid a stream', streamLimit, null, 'neutral', 'stop', 'model'],
  ['CANCELLED', '', ownLimit, null, 'neutral', 'stop', 'model'],
];

describe('the verdict', () => {
  it.each(table)('on %s (%s)', (failureClass, _case, facts, status, signal, next, skip) => {
    expect(judge(failureClass, facts)).toEqual({ status, signal, next, skip });
  });

  it('exists for every class', () => {
    expect(new Set(table.map(([failureClass]) => failureClass))).toEqual(new Set(failureClasses));
  });
});
