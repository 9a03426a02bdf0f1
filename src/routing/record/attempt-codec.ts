import type { Attempt } from '../../calls/call.ts';

/** What most attempts lack, and what therefore is not written down. */
const lacking = {
  status: null,
  failureClass: null,
  message: null,
  httpStatus: null,
  timeToFirstTokenMs: null,
  retryAfterMs: null,
  usage: null,
  costMicroUsd: null,
} as const satisfies Partial<Attempt>;

/** The JSON text that a decision stores of its attempts: what is null is left out. */
export function encodeAttempts(attempts: readonly Attempt[]): string {
  return JSON.stringify(attempts, (_, value: unknown) => (value === null ? undefined : value));
}

/** The attempts that `encodeAttempts` wrote, as the database parsed them; none of a decision that has none yet. */
export function decodeAttempts(stored: unknown): Attempt[] {
  return ((stored ?? []) as Attempt[]).map((attempt) => ({ ...lacking, ...attempt }));
}
