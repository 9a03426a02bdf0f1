import { expect, test } from 'vitest';
import type { Attempt } from '../../../src/calls/call.ts';
import { tokensUsed } from '../../../src/routing/carry/token-use.ts';

test('usage is summed over all attempts, the failed ones included', () => {
  const attempts = [
    attempt({ status: 'terminal_error', usage: { inputTokens: 3, outputTokens: 4, reasoningTokens: 0 } }),
    attempt({ status: 'ok', usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 0 } }),
  ];
  expect(tokensUsed(attempts)).toEqual({ tokens: 22, exact: true });
  expect(tokensUsed([])).toEqual({ tokens: 0, exact: true });
});

test.each([
  { status: 'ok', exact: false },
  { status: 'timeout', exact: false },
  { status: null, exact: false },
  { status: 'retriable_error', exact: true },
  { status: 'rate_limited', exact: true },
  { status: 'terminal_error', exact: true },
] as const)(
  'an attempt that tells no usage and ended as $status is known exactly: $exact',
  ({ status, exact }) => {
    expect(tokensUsed([attempt({ status, usage: null })])).toEqual({ tokens: 0, exact });
  },
);

test('a stream that broke after its first token has taken tokens that nobody counted', () => {
  const broken = { status: 'retriable_error', usage: null, timeToFirstTokenMs: 300 } as const;
  expect(tokensUsed([attempt(broken)])).toEqual({ tokens: 0, exact: false });
});

test('an attempt whose usage is an estimate has taken about as much', () => {
  const usage = { inputTokens: 7, outputTokens: 2, reasoningTokens: 0, isEstimated: true } as const;
  expect(tokensUsed([attempt({ status: 'ok', usage })])).toEqual({ tokens: 9, exact: false });
});

function attempt(
  facts: Pick<Attempt, 'status' | 'usage'> & Partial<Pick<Attempt, 'timeToFirstTokenMs'>>,
): Attempt {
  return {
    ...{
      position: 1,
      providerSlug: 'p',
      modelSlug: 'm',
      failureClass: null,
      message: null,
      httpStatus: null,
    },
    ...{ startedAt: 0, latencyMs: 1, timeToFirstTokenMs: null, retryAfterMs: null, costMicroUsd: null },
    ...facts,
  };
}
