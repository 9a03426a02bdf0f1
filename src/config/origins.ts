import type { Variable } from './variable.ts';

/** An origin as browsers write it (RFC 6454 §6.1): no path, no slash at its end. */
const ORIGIN = /^https?:\/\/(?:\[[\da-f:.]+\]|[a-z\d.-]+)(?::\d{1,5})?$/;

/** Whose pages may ask from a browser. */
export const corsOrigins: Variable<readonly string[]> = {
  name: 'SWITCHYARD_CORS_ORIGINS',
  fallback: [],
  fallbackMeaning: 'none: pages of other origins may not ask',
  allowed: '*, or a list of origins, by commas, such as https://app.example,http://localhost:3000',
  meaning:
    'Whose pages may ask from a browser, at /graphql and below /v1; * lets all. Cookies and other credentials that browsers keep are never allowed.',
  secret: false,
  parse(text) {
    const origins = text.split(',').map((part) => part.trim());
    if (origins.length === 1 && origins[0] === '*') return origins;
    return origins.every((origin) => ORIGIN.test(origin)) ? origins : undefined;
  },
};
