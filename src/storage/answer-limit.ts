import type { Database } from './database.ts';

const ANSWER_LIMIT_MS = 1_000;

/** The embedded database is a thread of this process: it may be busy, and is never away without saying so. */
const EMBEDDED_ANSWER_LIMIT_MS = 10_000;

/** A far database is not away: a new connection takes five round trips, a transaction three. */
const ROUND_TRIPS = 10;

/** Nobody waits longer for a database, however far away it is. */
export const MOST_ANSWER_LIMIT_MS = 10_000;

/** How long a database that somebody waits for may take before it counts as away; to be asked anew each time. */
export function answerLimitMs({ kind, roundTripMs }: Pick<Database, 'kind' | 'roundTripMs'>): number {
  if (kind === 'embedded') return EMBEDDED_ANSWER_LIMIT_MS;
  return limitFor(roundTripMs(), ANSWER_LIMIT_MS);
}

/** `leastMs`, unless what is waited for is too far away for that. */
export function limitFor(roundTripMs: number, leastMs: number): number {
  return Math.min(Math.max(leastMs, Math.ceil(ROUND_TRIPS * roundTripMs)), MOST_ANSWER_LIMIT_MS);
}
