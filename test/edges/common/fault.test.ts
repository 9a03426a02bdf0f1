import { expect, it } from 'vitest';
import { anthropicError } from '../../../src/edges/common/anthropic-error.ts';
import { faultRows, kindOfStatus, retryHeaders, type FaultKind } from '../../../src/edges/common/fault.ts';
import { openaiError } from '../../../src/edges/common/openai-error.ts';

const kinds = Object.keys(faultRows) as FaultKind[];
const fault = (kind: FaultKind, retryAfterMs: number | null = null) => ({
  kind,
  message: 'No.',
  param: null,
  retryAfterMs,
});

it.each([
  ['exhausted', 502],
  ['interrupted', 502],
  ['deadline', 504],
  ['content_filtered', 400],
  ['conflict', 409],
  ['internal', 500],
] as const)(
  '%s is never sent again, because our own chain was tried or nothing would change',
  (kind, status) => {
    expect(faultRows[kind].status).toBe(status);
    expect(retryHeaders(fault(kind, 5000))).toEqual({ 'x-should-retry': 'false' });
  },
);

it.each(['rate_limited', 'candidates_limited', 'none_eligible', 'unavailable'] as const)(
  '%s says when to come back, in both spellings of clients',
  (kind) => {
    expect(retryHeaders(fault(kind, 1500))).toEqual({
      'x-should-retry': 'true',
      'retry-after': '2',
      'retry-after-ms': '1500',
    });
  },
);

it('a quota that a request never fits is no reason to come back', () => {
  expect(retryHeaders(fault('rate_limited'))).toEqual({ 'x-should-retry': 'false' });
});

it.each(kinds)('%s has the shape of each family of APIs', (kind) => {
  expect(openaiError(fault(kind)).error).toEqual({
    message: 'No.',
    type: expect.any(String),
    param: null,
    code: expect.any(String),
  });
  expect(anthropicError(fault(kind), 'req_1')).toMatchObject({
    type: 'error',
    error: { type: expect.stringMatching(/_error$|^request_too_large$/), message: 'No.' },
    request_id: 'req_1',
  });
  expect(faultRows[kindOfStatus(faultRows[kind].status)].status).toBe(faultRows[kind].status);
});
