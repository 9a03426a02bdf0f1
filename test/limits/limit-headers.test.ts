import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLimits } from '../../src/limits/limit-headers.ts';

const nowMs = Date.parse('2026-11-22T10:00:00Z');
const nothing = { requests: null, tokens: null };

/** Requests in OpenAI's form. */
const told = (limit: string, remaining: string, reset: string) =>
  readLimits(
    {
      'x-ratelimit-limit-requests': limit,
      'x-ratelimit-remaining-requests': remaining,
      'x-ratelimit-reset-requests': reset,
    },
    nowMs,
  ).requests;

describe('what a response tells of limits', () => {
  test('is nothing where there is nothing to read', () => {
    expect(readLimits({}, nowMs)).toEqual(nothing);
    expect(readLimits({ 'retry-after': '3', 'x-ratelimit-reset-requests': '3s' }, nowMs)).toEqual(nothing);
  });

  test('of OpenAI: requests and tokens', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-reset-tokens': '6m0s',
    };
    expect(readLimits(headers, nowMs)).toEqual({
      requests: { limit: 60, remaining: 59, resetMs: 1000 },
      tokens: { limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    });
  });

  test('of OpenRouter and others without a unit: requests', () => {
    const headers = {
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(nowMs + 1500),
    };
    expect(readLimits(headers, nowMs)).toEqual({
      requests: { limit: 20, remaining: 0, resetMs: 1500 },
      tokens: null,
    });
  });

  test('of Anthropic: the tightest of tokens, input tokens and output tokens', () => {
    const allowance = (unit: string, limit: number, remaining: number, reset: string) => ({
      [`anthropic-ratelimit-${unit}-limit`]: String(limit),
      [`anthropic-ratelimit-${unit}-remaining`]: String(remaining),
      [`anthropic-ratelimit-${unit}-reset`]: reset,
    });
    const headers = {
      ...allowance('requests', 50, 49, '2026-11-22T10:00:01Z'),
      ...allowance('tokens', 50_000, 40_000, '2026-11-22T10:00:12Z'),
      ...allowance('input-tokens', 40_000, 39_000, '2026-11-22T10:00:02Z'),
      ...allowance('output-tokens', 10_000, 1000, '2026-11-22T10:00:54Z'),
    };
    const output = { limit: 10_000, remaining: 1000, resetMs: 54_000 };
    expect(readLimits(headers, nowMs)).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: 1000 },
      tokens: output,
    });
    const both = {
      ...headers,
      ...allowance('input-tokens', 40_000, 0, '2026-11-22T10:01:00Z'),
      ...allowance('output-tokens', 10_000, 0, '2026-11-22T10:00:30Z'),
    };
    expect(readLimits(both, nowMs).tokens).toEqual({ limit: 40_000, remaining: 0, resetMs: 60_000 });
  });

  test('of Mistral: requests and tokens of a minute', () => {
    const headers = {
      'x-ratelimit-limit-req-minute': '50',
      'x-ratelimit-remaining-req-minute': '49',
      'x-ratelimit-limit-tokens-minute': '50000',
      'x-ratelimit-remaining-tokens-minute': '47300',
      'x-ratelimit-tokens-query-cost': '1300',
    };
    expect(readLimits(headers, nowMs)).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: null },
      tokens: { limit: 50_000, remaining: 47_300, resetMs: null },
    });
  });

  test('of Cerebras: the tightest of minutes and days', () => {
    const headers = {
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-remaining-requests-day': '720',
      'x-ratelimit-reset-requests-day': '11726.284',
      'x-ratelimit-limit-requests-minute': '30',
      'x-ratelimit-remaining-requests-minute': '29',
      'x-ratelimit-limit-tokens-minute': '60000',
      'x-ratelimit-remaining-tokens-minute': '30000',
      'x-ratelimit-reset-tokens-minute': '26.284',
    };
    expect(readLimits(headers, nowMs)).toEqual({
      requests: { limit: 14_400, remaining: 720, resetMs: 11_726_284 },
      tokens: { limit: 60_000, remaining: 30_000, resetMs: 26_284 },
    });
  });

  test('of Fireworks and Together: tokens by names of their own', () => {
    const fireworks = {
      'x-ratelimit-limit-tokens-prompt': '3600000',
      'x-ratelimit-remaining-tokens-prompt': '3500000',
      'x-ratelimit-limit-tokens-generated': '36000',
      'x-ratelimit-remaining-tokens-generated': '9000',
    };
    expect(readLimits(fireworks, nowMs).tokens).toEqual({ limit: 36_000, remaining: 9000, resetMs: null });
    const together = { 'x-tokenlimit-limit': '3000', 'x-tokenlimit-remaining': '2900' };
    expect(readLimits(together, nowMs).tokens).toEqual({ limit: 3000, remaining: 2900, resetMs: null });
  });

  test.each([
    ['seconds', '12', 12_000],
    ['a fraction of seconds', '0.25', 250],
    ['milliseconds', '20ms', 20],
    ['minutes and seconds', '1m30s', 90_000],
    ['minutes and no seconds', '6m0s', 360_000],
    ['hours', '1h2m3.5s', 3_723_500],
    ['the epoch in seconds', String(nowMs / 1000 + 40), 40_000],
    ['the epoch in milliseconds', String(nowMs + 1234), 1234],
    ['RFC 3339', '2026-11-22T10:01:00Z', 60_000],
    ['RFC 3339 with a fraction and an offset', '2026-11-22T11:01:00.500+01:00', 60_500],
    ['an instant that has passed', '2026-11-22T09:59:00Z', 0],
    ['words', 'soon', null],
    ['a negative number', '-3', null],
    ['nothing', '', null],
    ['NaN', 'NaN', null],
  ])('a reset as %s', (_, text, resetMs) => {
    expect(told('60', '1', text)).toEqual({ limit: 60, remaining: 1, resetMs });
  });

  test.each([
    ['a limit of zero', '0', '5', { limit: null, remaining: 5 }],
    ['a negative limit', '-1', '5', { limit: null, remaining: 5 }],
    ['a limit that is no number', 'NaN', '5', { limit: null, remaining: 5 }],
    ['a limit that the API cannot show', '2147483648', '5', { limit: null, remaining: 5 }],
    ['a limit beyond counting', '1e400', '5', { limit: null, remaining: 5 }],
    ['two limits in one', '60, 60;w=60', '5', { limit: null, remaining: 5 }],
    ['more remaining than the limit', '60', '61', { limit: 60, remaining: null }],
    ['less than nothing remaining', '60', '-1', { limit: 60, remaining: null }],
    ['an infinity remaining', '60', 'Infinity', { limit: 60, remaining: null }],
    ['a fraction of a call', '60', '1.9', { limit: 60, remaining: 1 }],
  ])('%s takes no other field with it', (_, limit, remaining, expected) => {
    expect(told(limit, remaining, '3s')).toEqual({ ...expected, resetMs: 3000 });
  });

  test('nothing is learnt where neither the limit nor what remains makes sense', () => {
    expect(told('0', '-1', '3s')).toBeNull();
  });

  test('numbers make sense together, whatever the headers', () => {
    const texts = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String));
    fc.assert(
      fc.property(texts, texts, texts, (...texts) => {
        const read = told(...texts);
        if (read === null) return;
        const { limit, remaining, resetMs } = read;
        for (const value of [limit, remaining, resetMs]) {
          if (value === null) continue;
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
        }
        expect(limit).not.toBe(0);
        expect(remaining ?? 0).toBeLessThanOrEqual(limit ?? Infinity);
      }),
    );
  });
});
