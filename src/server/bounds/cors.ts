import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whose pages may ask: origins such as `https://app.example`, or `*` for all; empty: nobody's. */
export type AllowedOrigins = readonly string[];

/** How long a browser may remember what it was told about a request beforehand, seconds. */
const REMEMBERED_S = 600;

/** Header fields that pages may read beside those that they always may. */
const EXPOSED = [
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry',
  'x-switchyard-decision-id',
  'x-switchyard-model',
  'x-switchyard-attempts',
  'x-switchyard-cost-usd',
  'x-switchyard-degraded',
].join(', ');

/** Names of header fields as browsers list them. */
const NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+){0,50}$/;

/**
 * Lets pages of allowed origins read the answer (Fetch standard, "CORS protocol"). Credentials are never allowed: who
 * asks shows its key in a header field, and no browser knows it by itself.
 */
export function allowOrigin(
  origins: AllowedOrigins,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { origin } = request.headers;
  if (origins.length === 0) return;
  const isForAll = origins.includes('*');
  if (!isForAll) response.setHeader('Vary', 'Origin');
  if (origin === undefined || !(isForAll || origins.includes(origin))) return;
  response.setHeader('Access-Control-Allow-Origin', isForAll ? '*' : origin);
  if (request.method !== 'OPTIONS') {
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    return;
  }
  const names = request.headers['access-control-request-headers'];
  if (names === undefined || !NAMES.test(names)) return;
  response.setHeader('Access-Control-Allow-Headers', names);
}

/** Answers what a browser asks before it asks: the methods of a place, for pages that `allowOrigin` has let in. */
export function allowMethods(response: ServerResponse, methods: readonly string[]): void {
  if (!response.hasHeader('Access-Control-Allow-Origin')) return;
  response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
  response.setHeader('Access-Control-Max-Age', REMEMBERED_S);
}
