import type { ResponseHeaders } from './provider.ts';

/** The longest wait that a provider's word is taken for: a day. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * How long the provider asks us to stay away, in whole milliseconds, 0..MAX_RETRY_AFTER_MS: `retry-after-ms`, else
 * `retry-after` (RFC 9110 §10.2.3, seconds or an HTTP date); undefined when it says nothing readable.
 */
export function parseRetryAfter(headers: ResponseHeaders, nowMs: number): number | undefined {
  const milliseconds = headers['retry-after-ms'];
  if (milliseconds !== undefined && isNumber(milliseconds)) return bounded(Number(milliseconds));
  const text = headers['retry-after']?.trim();
  if (text === undefined) return undefined;
  return isNumber(text) ? bounded(Number(text) * 1000) : untilDate(text, nowMs);
}

/**
 * When the limit that refused us is full again, in milliseconds from now: the latest reset among the limits of
 * which nothing remains, in the dialects of OpenAI, Anthropic and OpenRouter.
 */
export function parseExhaustedReset(headers: ResponseHeaders, nowMs: number): number | undefined {
  const resets: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!name.includes('ratelimit') || !name.includes('reset')) continue;
    if (headers[name.replace('reset', 'remaining')] !== '0') continue;
    const resetMs = parseReset(value, nowMs);
    if (resetMs !== undefined) resets.push(resetMs);
  }
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** Milliseconds until a reset that is written as `1m30s`, `20ms`, seconds, an epoch (seconds or ms) or a date. */
export function parseReset(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (isNumber(trimmed)) {
    const value = Number(trimmed);
    if (value >= 1e12) return bounded(value - nowMs);
    if (value >= 1e9) return bounded(value * 1000 - nowMs);
    return bounded(value * 1000);
  }
  return parseDuration(trimmed) ?? untilDate(trimmed, nowMs);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, count, unit = ''] of text.matchAll(/([\d.]+)(ms|[smhd])/g)) {
    sumMs += Number(count) * (units[unit] ?? 0);
  }
  return bounded(sumMs);
}

function untilDate(text: string, nowMs: number): number | undefined {
  if (!/[a-z]/i.test(text)) return undefined;
  // The oldest of the HTTP date forms names no zone and means GMT all the same.
  const atMs = Date.parse(/^[a-z]{3} [a-z]{3} .*\d{4}$/i.test(text) ? `${text} GMT` : text);
  return Number.isNaN(atMs) ? undefined : bounded(atMs - nowMs);
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

function bounded(ms: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(ms)));
}
