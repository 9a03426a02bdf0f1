import type { FailureClass } from '../providers/failure.ts';
import type { BreakerSignal } from '../breakers/rule/breaker.ts';
import type { InvocationStatus } from './call.ts';

/** What follows a failed call; `routing/act/walk.ts` says how. */
export type NextStep = 'stop' | 'next' | 'same_then_next' | 'larger_window' | 'other_provider_then_stop';

/** What a failure means: its standard status, what the breaker learns, and where the executor goes. */
export interface Verdict {
  /** Null when nobody waited for the outcome. */
  readonly status: InvocationStatus | null;
  readonly signal: Exclude<BreakerSignal, 'success'>;
  readonly next: NextStep;
  /** What this routed call will not try again: the model alone, or every model of its provider. */
  readonly skip: 'model' | 'provider';
}

/** What a verdict depends on beside the class. */
export interface FailureFacts {
  readonly httpStatus: number | null;
  /** The call had the whole limit of its own, not a time cut short by the caller's deadline or a fallback's share. */
  readonly ranOwnLimit: boolean;
  /** A stream was silent for longer than a stream may be: before its first token, or between two. */
  readonly ranStreamLimit: boolean;
  readonly elapsedMs: number;
  /** How long the catalog expects an answer that spends its whole budget to take. */
  readonly fullAnswerMs: number;
}

/**
 * Every failure class, decided once. A class that is added does not compile until it stands here.
 *
 * | class           | status          | breaker | next                                        |
 * |-----------------|-----------------|---------|---------------------------------------------|
 * | TIMEOUT         | timeout         | if fair | next                                        |
 * | DEADLINE        | timeout         | if fair | stop                                        |
 * | CONNECTION      | retriable_error | failure | same once, then next                        |
 * | SERVER_ERROR    | retriable_error | failure | same once, then next                        |
 * | MALFORMED       | retriable_error | failure | next                                        |
 * | EMPTY_OUTPUT    | retriable_error | neutral | next                                        |
 * | INVALID_OUTPUT  | retriable_error | neutral | next                                        |
 * | INTERNAL        | terminal_error  | neutral | next                                        |
 * | RATE_LIMITED    | rate_limited    | neutral | next                                        |
 * | QUOTA_EXHAUSTED | rate_limited    | neutral | next of another provider                    |
 * | AUTH            | terminal_error  | neutral | next; unless 403, of another provider       |
 * | MODEL_NOT_FOUND | terminal_error  | neutral | next                                        |
 * | CONTEXT_LENGTH  | terminal_error  | neutral | next with a larger window                   |
 * | CONTENT_FILTER  | terminal_error  | neutral | stop                                        |
 * | INVALID_REQUEST | terminal_error  | neutral | one hop to another provider, then stop      |
 * | CANCELLED       | –               | neutral | stop                                        |
 */
const verdicts: Record<FailureClass, (facts: FailureFacts) => Verdict> = {
  TIMEOUT: (facts) => verdict('timeout', timeoutSignal(facts), 'next'),
  DEADLINE: (facts) => verdict('timeout', timeoutSignal(facts), 'stop'),
  CONNECTION: () => verdict('retriable_error', 'failure', 'same_then_next'),
  SERVER_ERROR: () => verdict('retriable_error', 'failure', 'same_then_next'),
  MALFORMED: () => verdict('retriable_error', 'failure', 'next'),
  EMPTY_OUTPUT: () => verdict('retriable_error', 'neutral', 'next'),
  // Another model may write the same well, and so may a sibling: the provider itself is well.
  INVALID_OUTPUT: () => verdict('retriable_error', 'neutral', 'next'),
  INTERNAL: () => verdict('terminal_error', 'neutral', 'next'),
  RATE_LIMITED: () => verdict('rate_limited', 'neutral', 'next'),
  QUOTA_EXHAUSTED: () => verdict('rate_limited', 'neutral', 'next', 'provider'),
  // 403 may be about one model; any other refusal of a credential (401; Google says 400) is about the provider.
  AUTH: ({ httpStatus }) =>
    verdict('terminal_error', 'neutral', 'next', httpStatus === 403 ? 'model' : 'provider'),
  MODEL_NOT_FOUND: () => verdict('terminal_error', 'neutral', 'next'),
  CONTEXT_LENGTH: () => verdict('terminal_error', 'neutral', 'larger_window'),
  CONTENT_FILTER: () => verdict('terminal_error', 'neutral', 'stop'),
  INVALID_REQUEST: () => verdict('terminal_error', 'neutral', 'other_provider_then_stop'),
  CANCELLED: () => verdict(null, 'neutral', 'stop'),
};

/** What a failure of this class means under these circumstances. */
export function judge(failureClass: FailureClass, facts: FailureFacts): Verdict {
  return verdicts[failureClass](facts);
}

function verdict(
  status: Verdict['status'],
  signal: Verdict['signal'],
  next: NextStep,
  skip: Verdict['skip'] = 'model',
): Verdict {
  return { status, signal, next, skip };
}

const LEAST_FAIR_MS = 5_000;

/** A caller's short deadline says nothing about the provider; a limit of its own does, or a silence far too long. */
function timeoutSignal(facts: FailureFacts): Verdict['signal'] {
  const { ranOwnLimit, ranStreamLimit, elapsedMs, fullAnswerMs } = facts;
  const isFair = ranOwnLimit || ranStreamLimit || elapsedMs >= Math.max(LEAST_FAIR_MS, 3 * fullAnswerMs);
  return isFair ? 'failure' : 'neutral';
}
