import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MAX_RETRY_AFTER_MS,
  MAX_RESET_MS,
  parseExhaustedReset,
  parsePause,
  parseReset,
  parseRetryAfter,
} from '../../src/providers/parse-retry-after.ts';

const nowMs = Date.parse('2026-11-22T10:00:00Z');

// Dates that name no zone mean the same everywhere.
const zone = process.env['TZ'];
beforeAll(() => void (process.env['TZ'] = 'America/New_York'));
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** Every way to say a pause, each with its milliseconds; undefined: it says none. */
const pauses: readonly (readonly [text: string, ms: number | undefined])[] = [
  ['7', 7000],
  [' 7 ', 7000],
  ['"7"', 7000],
  ['+7', 7000],
  ['0', 0],
  ['1.5', 1500],
  ['.25', 250],
  ['3.', 3000],
  ['0.0001', 1],
  ['2e1', 20_000],
  ['5, 5', 5000],
  ['2,30', 30_000],
  ['3600', MAX_RETRY_AFTER_MS],
  ['3601', MAX_RETRY_AFTER_MS],
  ['86400', MAX_RETRY_AFTER_MS],
  ['999999999', MAX_RETRY_AFTER_MS],
  ['9'.repeat(90), MAX_RETRY_AFTER_MS],
  ['1e400', MAX_RETRY_AFTER_MS],
  ['1e999999999', MAX_RETRY_AFTER_MS],
  // Instants, as numbers.
  [String(nowMs / 1000 + 3), 3000],
  [String(nowMs / 1000 + 3.25), 3250],
  [String(nowMs + 3000), 3000],
  [String((nowMs + 3000) * 1000), 3000],
  [`${nowMs + 3000}000000`, 3000],
  [String(nowMs / 1000 - 3), 0],
  [String(nowMs - 3000), 0],
  [String(nowMs / 1000 + 90_000), MAX_RETRY_AFTER_MS],
  // Durations.
  ['30s', 30_000],
  ['20ms', 20],
  ['1m30s', 90_000],
  ['1m 30s', 90_000],
  ['6m0s', 360_000],
  ['7.66s', 7660],
  ['1500us', 2],
  ['250µs', 1],
  ['41m59.9s', 2_519_900],
  ['1h2m3s', MAX_RETRY_AFTER_MS],
  ['2d', MAX_RETRY_AFTER_MS],
  // Dates.
  ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
  ['sun, 22 nov 2026 10:00:30 gmt', 30_000],
  ['Sun, 22 Nov 2026 10:00:30', 30_000],
  ['Sun, 22 Nov 2026 11:00:30 +0100', 30_000],
  ['Sun, 22 Nov 2026 05:00:30 EST', 30_000],
  ['Sunday, 22-Nov-26 10:00:30 GMT', 30_000],
  ['Sunday, 22-Nov-2026 10:00:30', 30_000],
  ['Sun Nov 22 10:00:30 2026', 30_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
  ['Fri, 01 Jan 2100 00:00:00 GMT', MAX_RETRY_AFTER_MS],
  ['2026-11-22T10:00:30Z', 30_000],
  ['2026-11-22t10:00:30z', 30_000],
  ['2026-11-22T10:00:30', 30_000],
  ['2026-11-22 10:00:30', 30_000],
  ['2026-11-22 10:00:30.5 +0000 UTC', 30_500],
  ['2026-11-22T11:00:30.123456+01:00', 30_123],
  // Nothing.
  ...['', 'soon', 'NaN', 'Infinity', '-5', '-1m', '-1', '--', '1;2', '5 5', 'null', 'x 10:00', 'Sunday'].map(
    (text) => [text, undefined] as const,
  ),
  ['7'.repeat(101), undefined],
  ['2026', 2_026_000],
];

describe('Retry-After', () => {
  it.each(pauses)('of %j is %s ms', (text, expected) => {
    expect(parseRetryAfter({ 'retry-after': text }, nowMs)).toBe(expected);
  });

  it('is more exact in milliseconds', () => {
    const both = (exact: string) => parseRetryAfter({ 'retry-after-ms': exact, 'retry-after': '1' }, nowMs);
    expect(both('250')).toBe(250);
    expect(both('0.5')).toBe(1);
    expect(both('2s')).toBe(2000);
    expect(both(String(nowMs + 250))).toBe(250);
    expect(both(String(nowMs / 1000 + 2))).toBe(2000);
    for (const unreadable of ['x', '-250', 'NaN', '']) expect(both(unreadable)).toBe(1000);
    expect(parseRetryAfter({}, nowMs)).toBeUndefined();
  });

  it('counts from the provider’s own clock when ours is far from it, and from ours when both may be right', () => {
    const retryAfter = 'Sun, 22 Nov 2026 10:00:30 GMT';
    const at = (date: string) => parseRetryAfter({ date, 'retry-after': retryAfter }, nowMs);
    expect(at('Sun, 22 Nov 2026 09:59:20 GMT')).toBe(30_000);
    expect(at('Sun, 22 Nov 2026 10:00:59 GMT')).toBe(30_000);
    const dayAhead = nowMs + 86_400_000;
    const date = 'Sun, 22 Nov 2026 10:00:00 GMT';
    expect(parseRetryAfter({ date, 'retry-after': retryAfter }, dayAhead)).toBe(30_000);
    expect(parseRetryAfter({ date, 'retry-after': String(nowMs / 1000 + 3) }, dayAhead)).toBe(3000);
    expect(parseRetryAfter({ date: 'once', 'retry-after': retryAfter }, nowMs)).toBe(30_000);
    expect(parseRetryAfter({ date, 'retry-after': '7' }, dayAhead)).toBe(7000);
  });

  it('is a bounded whole number or nothing, whatever the text and whatever our clock says', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map(String),
      fc.stringMatching(/^[-+0-9.e:TZ ]*$/),
    );
    fc.assert(
      fc.property(
        texts,
        fc.string(),
        fc.oneof(fc.constant(nowMs), fc.double({ noNaN: true })),
        (text, date, now) => {
          const headers = { 'retry-after': text, date };
          const [pauseMs, resetMs] = [parseRetryAfter(headers, now), parseReset(text, now)];
          for (const ms of [pauseMs ?? 0, resetMs ?? 0]) {
            expect(Number.isInteger(ms)).toBe(true);
            expect(ms).toBeGreaterThanOrEqual(0);
          }
          expect(pauseMs ?? 0).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
          expect(resetMs ?? 0).toBeLessThanOrEqual(MAX_RESET_MS);
        },
      ),
    );
  });
});

describe('a reset', () => {
  it.each(pauses.filter(([, ms]) => ms !== MAX_RETRY_AFTER_MS))('of %j is %s ms away', (text, expected) => {
    expect(parseReset(text, nowMs)).toBe(expected);
    expect(parsePause(text, nowMs)).toBe(expected);
  });

  it.each([
    ['1h2m3.5s', 3_723_500],
    ['43200', 43_200_000],
    [String(nowMs / 1000 + 7200), 7_200_000],
    ['2026-11-22T22:00:00Z', 43_200_000],
    ['2d', MAX_RESET_MS],
    ['9'.repeat(90), MAX_RESET_MS],
    ['Fri, 01 Jan 2100 00:00:00 GMT', MAX_RESET_MS],
  ])('of %j may be further away than anybody waits', (text, expected) => {
    expect(parseReset(text, nowMs)).toBe(expected);
    expect(parsePause(text, nowMs)).toBe(MAX_RETRY_AFTER_MS);
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
    for (const nothing of [' 0 ', '0.0', '00']) {
      const headers = { 'x-ratelimit-remaining': nothing, 'x-ratelimit-reset': '4' };
      expect(parseExhaustedReset(headers, nowMs)).toBe(4000);
    }
    for (const unreadable of ['', 'none', 'NaN', '1']) {
      const headers = { 'x-ratelimit-remaining': unreadable, 'x-ratelimit-reset': '4' };
      expect(parseExhaustedReset(headers, nowMs)).toBeUndefined();
    }
    expect(parseExhaustedReset({ 'x-ratelimit-remaining-tokens': '0' }, nowMs)).toBeUndefined();
  });
});
