import type { ResponseHeaders } from './provider.ts';

/** Together counts tokens by a name of its own. */
const ofLimits = /^date$|ratelimit|^x-tokenlimit-|^retry-after/;

/**
 * The part of a response's headers (lower-case names) that tells of rate limits, with the instant from which their
 * instants count; the rest is nobody's business.
 */
export function rateLimitHeaders(headers: ResponseHeaders | undefined): ResponseHeaders {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (ofLimits.test(name)) {
      kept[name] = headers[name] ?? '';
    }
  }
  return kept;
}
