import type { Database } from './database.ts';

const ANSWER_LIMIT_MS = 1_000;

/** The embedded database is a thread of this process: it may be busy, and is never away without saying so. */
const EMBEDDED_ANSWER_LIMIT_MS = 10_000;

/** How long a database that somebody waits for may take before it counts as away. */
export function answerLimitMs({ kind }: Database): number {
  return kind === 'embedded' ? EMBEDDED_ANSWER_LIMIT_MS : ANSWER_LIMIT_MS;
}
