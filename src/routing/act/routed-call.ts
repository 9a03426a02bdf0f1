import type { PlannedRequest } from '../plan/planner.service.ts';

/** One routed call, from its plan to its answer: made once, then handed on as it is. */
export interface RoutedCall extends PlannedRequest {
  /** Who calls, as audit entries say it. */
  readonly actor: string;
  /** What the chain keeps of its messages, lower-case hexadecimal. */
  readonly promptSha256: string;
  /** When it was decided, milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it came in, on the monotonic clock. */
  readonly startedMs: number;
  /** When its caller's whole time ends, on the monotonic clock. */
  readonly deadlineMs: number;
  /** The caller's idempotency key; null: it gave none. */
  readonly key: CallKey | null;
  /**
   * Aborts when the call is not worth finishing: by `abort`, or because its caller went away. A call with a key
   * outlives its caller: others may wait for its result, and the caller may ask again.
   */
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
}

/** An idempotency key, and what it was used for. */
export interface CallKey {
  readonly name: string;
  /** Of `canonicalInput`, lower-case hexadecimal. */
  readonly inputSha256: string;
}
