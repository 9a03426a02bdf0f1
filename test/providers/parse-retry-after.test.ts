import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_RETRY_AFTER_MS,
  parseExhaustedReset,
  parseReset,
  parseRetryAfter,
} from '../../src/providers/parse-retry-after.ts';

const nowMs = Date.parse('2026-11-22T10:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 10:00:30 GMT', 30_000],
    ['Sun Nov 22 10:00:30 2026', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['999999999', MAX_RETRY_AFTER_MS],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('of %j is %s ms', (text, expected) => {
    expect(parseRetryAfter({ 'retry-after': text }, nowMs)).toBe(expected);
  });

  it('is more exact in milliseconds', () => {
    expect(parseRetryAfter({ 'retry-after-ms': '250', 'retry-after': '1' }, nowMs)).toBe(250);
    expect(parseRetryAfter({ 'retry-after-ms': 'x', 'retry-after': '1' }, nowMs)).toBe(1000);
    expect(parseRetryAfter({}, nowMs)).toBeUndefined();
  });

  it('is a bounded whole number or nothing, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.date({ noInvalidDate: true }).map(String)),
        (text) => {
          for (const parsed of [parseRetryAfter({ 'retry-after': text }, nowMs), parseReset(text, nowMs)]) {
            if (parsed === undefined) continue;
            expect(Number.isInteger(parsed)).toBe(true);
            expect(parsed).toBeGreaterThanOrEqual(0);
            expect(parsed).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
          }
        },
      ),
    );
  });
});

describe('a reset', () => {
  it.each([
    ['1m30s', 90_000],
    ['6m0s', 360_000],
    ['20ms', 20],
    ['7.66s', 7_660],
    ['1h2m3s', 3_723_000],
    ['12', 12_000],
    [String(nowMs / 1000 + 40), 40_000],
    [String(nowMs + 1234), 1_234],
    ['2026-11-22T10:01:00Z', 60_000],
    ['never', undefined],
  ])('of %j is %s ms away', (text, expected) => {
    expect(parseReset(text, nowMs)).toBe(expected);
  });

  it('counts when nothing remains of its limit, and the latest one counts', () => {
    const openai = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2s',
      'x-ratelimit-remaining-tokens': '100',
      'x-ratelimit-reset-tokens': '6m',
    };
    expect(parseExhaustedReset(openai, nowMs)).toBe(2_000);
    expect(parseExhaustedReset({ ...openai, 'x-ratelimit-remaining-tokens': '0' }, nowMs)).toBe(360_000);
    expect(
      parseExhaustedReset(
        {
          'anthropic-ratelimit-requests-remaining': '0',
          'anthropic-ratelimit-requests-reset': '2026-11-22T10:00:09Z',
        },
        nowMs,
      ),
    ).toBe(9_000);
    expect(
      parseExhaustedReset({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(nowMs + 500) }, nowMs),
    ).toBe(500);
    expect(parseExhaustedReset({ 'x-ratelimit-remaining-tokens': '0' }, nowMs)).toBeUndefined();
  });
});
