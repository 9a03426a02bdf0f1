import type { ResponseHeaders } from './provider.ts';

/**
 * The part of a response's headers (lower-case names) that tells of rate limits, with the instant from which their
 * instants count; the rest is nobody's business.
 */
export function rateLimitHeaders(headers: ResponseHeaders | undefined): ResponseHeaders {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (name === 'date' || name.includes('ratelimit') || name.startsWith('retry-after')) {
      kept[name] = headers[name] ?? '';
    }
  }
  return kept;
}
