import type { ResponseHeaders } from './provider.ts';

/** The longest pause that a provider's word is taken for: whoever means more is asked again. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** The furthest reset that is believed: limits are counted by the day at most. Nobody waits for as long. */
export const MAX_RESET_MS = 86_400_000;

/** Of two clocks that differ by more than this, the provider's own says when its instants are. */
const CLOCK_TOLERANCE_MS = 60_000;

/** No pause takes so many characters to say. */
const MOST_CHARACTERS = 100;

/**
 * How long the provider asks us to stay away, in whole milliseconds, 0..MAX_RETRY_AFTER_MS: `retry-after-ms`, else
 * `retry-after` (RFC 9110 §10.2.3, seconds or an HTTP date), each in any form that providers were seen to use;
 * undefined when it says nothing readable.
 */
export function parseRetryAfter(headers: ResponseHeaders, nowMs: number): number | undefined {
  const atMs = providersNow(headers, nowMs);
  const exactMs = readPause(headers['retry-after-ms'] ?? '', 1, atMs);
  if (exactMs !== undefined) return bounded(exactMs, MAX_RETRY_AFTER_MS);
  return parsePause(headers['retry-after'] ?? '', atMs);
}

/** A pause that is asked for elsewhere in a response, such as in its body, in any of the forms that headers have. */
export function parsePause(text: string, nowMs: number): number | undefined {
  const pauseMs = readPause(text, UNITS_MS.s, nowMs);
  return pauseMs === undefined ? undefined : bounded(pauseMs, MAX_RETRY_AFTER_MS);
}

/**
 * When the limit that refused us is full again, in milliseconds from now: the latest reset among the limits of
 * which nothing remains, in the dialects of OpenAI, Anthropic and OpenRouter.
 */
export function parseExhaustedReset(headers: ResponseHeaders, nowMs: number): number | undefined {
  const resets: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!name.includes('ratelimit') || !name.includes('reset')) continue;
    if (!isNothing(headers[name.replace('reset', 'remaining')])) continue;
    const resetMs = parsePause(value, providersNow(headers, nowMs));
    if (resetMs !== undefined) resets.push(resetMs);
  }
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/**
 * Milliseconds, 0..MAX_RESET_MS, until a reset that is written as `1m30s`, `20ms`, seconds, an epoch (seconds or
 * finer) or a date.
 */
export function parseReset(text: string, nowMs: number): number | undefined {
  const resetMs = readPause(text, UNITS_MS.s, nowMs);
  return resetMs === undefined ? undefined : bounded(resetMs, MAX_RESET_MS);
}

/**
 * The present by the clock that the headers' instants are of: ours, unless the provider's is too far from it for both
 * to be right. Then its own says how far away its instants are.
 */
export function providersNow(headers: ResponseHeaders, nowMs: number): number {
  const sentAtMs = parseDate(headers['date']?.trim() ?? '');
  return sentAtMs === undefined || Math.abs(sentAtMs - nowMs) <= CLOCK_TOLERANCE_MS ? nowMs : sentAtMs;
}

const UNITS_MS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of any size; of a header that was sent twice, the longer. `unitMs` is the unit of a bare number. */
function readPause(told: string, unitMs: number, nowMs: number): number | undefined {
  const text = told.trim().replace(/^"(.*)"$/, '$1');
  if (text.length > MOST_CHARACTERS) return undefined;
  const numbers = text.split(/\s*,\s*/);
  if (numbers.every(isNumber))
    return Math.max(...numbers.map((one) => readNumber(Number(one), unitMs, nowMs)));
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  const atMs = parseDate(text);
  return atMs === undefined ? undefined : atMs - nowMs;
}

/** Instants since the epoch by their size, the finest unit first: no pause is as long as they are large. */
const EPOCH_UNITS_MS = [
  [1e18, 1e-6],
  [1e15, 1e-3],
  [1e12, 1],
  [1e9, 1000],
] as const;

function readNumber(value: number, unitMs: number, nowMs: number): number {
  const [, epochUnitMs] = EPOCH_UNITS_MS.find(([least]) => value >= least && value < least * 10) ?? [];
  return epochUnitMs === undefined ? value * unitMs : value * epochUnitMs - nowMs;
}

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?\s*(ns|us|µs|ms|[smhd])\s*)+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)\s*(ns|us|µs|ms|[smhd])/g)) {
    sumMs += Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return sumMs;
}

/** The instant of an HTTP date, in any of its three forms, or of RFC 3339; undefined: the text names no instant. */
function parseDate(text: string): number | undefined {
  const [, rest] = /\d:\d\d(?::\d\d)?(?:\.\d+)?(.*)$/s.exec(text) ?? [];
  if (rest === undefined || text.length > MOST_CHARACTERS) return undefined;
  // Those that name no zone mean GMT all the same.
  const namesZone = /gmt|ut|z|[+-]\d\d:?\d\d|[ecmp][sd]t/i.test(rest);
  const zone = /^\d{4}-/.test(text) ? 'Z' : ' GMT';
  const atMs = Date.parse(namesZone ? text : text + zone);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function isNumber(text: string): boolean {
  return /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}

function isNothing(remaining: string | undefined): boolean {
  return remaining !== undefined && isNumber(remaining.trim()) && Number(remaining) === 0;
}

function bounded(ms: number, mostMs: number): number {
  return Math.min(mostMs, Math.max(0, Math.ceil(ms)));
}
