import type { InputIssue } from './input/issues.ts';

/** What kind of refusal it is, for programs. */
export type ErrorCodeName = (typeof errorCodes)[number];

/** Every code of a refusal, in `errors[].extensions.code` and in union members alike. */
export const errorCodes = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'FORBIDDEN',
  'NO_ELIGIBLE_MODEL',
  'ATTEMPTS_EXHAUSTED',
  'DEADLINE_EXCEEDED',
  'INVALID_REQUEST',
  'CONTENT_FILTERED',
  'UNAVAILABLE',
  'SLOW_CONSUMER',
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'STREAM_INTERRUPTED',
  'CURSOR_EXPIRED',
  'INTERNAL',
] as const;

/** What every refusal that a client can act on looks like inside; `refusal` names its GraphQL type. */
export interface RefusalData {
  readonly refusal: string;
  readonly message: string;
  readonly code: ErrorCodeName;
}

/** A refusal that names the broken rules of the input. */
export interface InvalidInputData extends RefusalData {
  readonly issues: readonly InputIssue[];
}

/** A refusal that tells the row's present version. */
export interface ConflictData extends RefusalData {
  readonly current: number | null;
  /** The row, by its GraphQL type and id. */
  readonly node: { readonly type: string; readonly id: string } | null;
}

/** A refusal that tells when to come back. */
export interface RetryableData extends RefusalData {
  readonly retryAfterMs: number | null;
}
