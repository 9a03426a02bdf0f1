import { parseReset, providersNow } from '../providers/parse-retry-after.ts';
import type { ResponseHeaders } from '../providers/provider.ts';
import { MOST_COUNTED } from './quota.ts';

/** What a response tells of one allowance; null: nothing, or nothing that makes sense. */
export interface AdvertisedLimit {
  /** 1..MOST_COUNTED. */
  readonly limit: number | null;
  /** 0..limit. */
  readonly remaining: number | null;
  /** Milliseconds until the allowance is full again. */
  readonly resetMs: number | null;
}

/** What a response tells of the requests and the tokens that its provider still allows. */
export interface AdvertisedLimits {
  readonly requests: AdvertisedLimit | null;
  readonly tokens: AdvertisedLimit | null;
}

/** The names of the three headers that tell of one allowance. */
interface HeaderNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

/**
 * OpenAI's form, which Groq, xAI and many others share; without a unit, as OpenRouter and Together have it, it counts
 * requests.
 */
const common = (unit: string): HeaderNames => ({
  limit: `x-ratelimit-limit${unit}`,
  remaining: `x-ratelimit-remaining${unit}`,
  reset: `x-ratelimit-reset${unit}`,
});

const anthropic = (unit: string): HeaderNames => ({
  limit: `anthropic-ratelimit-${unit}-limit`,
  remaining: `anthropic-ratelimit-${unit}-remaining`,
  reset: `anthropic-ratelimit-${unit}-reset`,
});

/** Mistral and Cerebras say of which time an allowance is. */
const times = ['', '-second', '-minute', '-hour', '-day', '-month'];

const requestHeaders = [
  ...times.flatMap((time) => [common(`-requests${time}`), common(`-req${time}`)]),
  common(''),
  anthropic('requests'),
];
const tokenHeaders = [
  ...times.map((time) => common(`-tokens${time}`)),
  // Fireworks.
  common('-tokens-prompt'),
  common('-tokens-cache-adjusted-prompt'),
  common('-tokens-generated'),
  // Together.
  { limit: 'x-tokenlimit-limit', remaining: 'x-tokenlimit-remaining', reset: 'x-tokenlimit-reset' },
  anthropic('tokens'),
  anthropic('input-tokens'),
  anthropic('output-tokens'),
];

/**
 * What the headers of a response, successful or not, say of limits. Where several allowances of one kind are named
 * (Anthropic counts input and output apart, Cerebras minutes and days), the one of which the smallest share remains stands for all.
 */
export function readLimits(headers: ResponseHeaders, nowMs: number): AdvertisedLimits {
  const atMs = providersNow(headers, nowMs);
  return {
    requests: tightest(headers, requestHeaders, atMs),
    tokens: tightest(headers, tokenHeaders, atMs),
  };
}

function tightest(
  headers: ResponseHeaders,
  allowances: readonly HeaderNames[],
  nowMs: number,
): AdvertisedLimit | null {
  let found: AdvertisedLimit | null = null;
  for (const names of allowances) {
    const limit = readLimit(headers, names, nowMs);
    if (limit !== null && (found === null || isTighter(limit, found))) found = limit;
  }
  return found;
}

function isTighter(one: AdvertisedLimit, other: AdvertisedLimit): boolean {
  const difference = shareLeft(one) - shareLeft(other);
  return difference < 0 || (difference === 0 && (one.resetMs ?? 0) > (other.resetMs ?? 0));
}

function shareLeft({ limit, remaining }: AdvertisedLimit): number {
  if (remaining === 0) return 0;
  return limit === null || remaining === null ? 1 : remaining / limit;
}

/** Each field by itself: one that makes no sense takes no other with it. */
function readLimit(headers: ResponseHeaders, names: HeaderNames, nowMs: number): AdvertisedLimit | null {
  const limit = readCount(headers[names.limit], 1, MOST_COUNTED);
  const remaining = readCount(headers[names.remaining], 0, limit ?? MOST_COUNTED);
  if (limit === null && remaining === null) return null;
  const reset = headers[names.reset];
  return { limit, remaining, resetMs: reset === undefined ? null : (parseReset(reset, nowMs) ?? null) };
}

function readCount(text: string | undefined, least: number, most: number): number | null {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return null;
  const count = Math.floor(Number(text));
  return count >= least && count <= most ? count : null;
}
