import type { FailureClass } from '../providers/failure.ts';
import type { TokenUsage } from '../providers/provider.ts';

/** The standard invocation result. */
export const invocationStatuses = [
  'ok',
  'retriable_error',
  'terminal_error',
  'rate_limited',
  'timeout',
] as const;

export type InvocationStatus = (typeof invocationStatuses)[number];

/** One provider call as it is recorded. Instants are milliseconds since the epoch. */
export interface Attempt {
  /** From 1, retries included. */
  readonly position: number;
  readonly providerSlug: string;
  readonly modelSlug: string;
  /** Null when the caller went away before the outcome was known. */
  readonly status: InvocationStatus | null;
  readonly failureClass: FailureClass | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
  readonly startedAt: number;
  readonly latencyMs: number;
  readonly timeToFirstTokenMs: number | null;
  readonly retryAfterMs: number | null;
  readonly usage: TokenUsage | null;
  /** Integer micro-USD of the usage; null when there is none. */
  readonly costMicroUsd: number | null;
  /** What of the request was adapted to the model, a sentence each; absent: nothing. */
  readonly notices?: readonly string[];
}
