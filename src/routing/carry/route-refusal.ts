import type { RouteOutcome } from '../record/route-outcome.ts';
import type { FailureClass } from '../../providers/failure.ts';
import type { ErrorCodeName, RetryableData } from '../../system/refusal.ts';
import type { DecisionView } from '../record/decision.ts';

/** A refusal of a routed call that was decided and recorded. */
export interface RouteRefusalData extends RetryableData {
  readonly decision: DecisionView;
  readonly failureClass: FailureClass | null;
}

type Refused = Exclude<RouteOutcome, { kind: 'success' }>;

/** What a routed call without a whole answer has come to, as the data of its GraphQL type. */
export function toRouteRefusal(outcome: Refused): RouteRefusalData {
  const [refusal, code] = typeOf(outcome);
  return {
    refusal,
    code,
    message: outcome.message,
    decision: outcome.view,
    retryAfterMs: 'retryAfterMs' in outcome ? outcome.retryAfterMs : null,
    failureClass: 'failureClass' in outcome ? outcome.failureClass : null,
  };
}

function typeOf(outcome: Refused): readonly [type: string, code: ErrorCodeName] {
  switch (outcome.kind) {
    case 'no_eligible_model':
      return ['NoEligibleModel', 'NO_ELIGIBLE_MODEL'];
    case 'attempts_exhausted':
      return ['AttemptsExhausted', 'ATTEMPTS_EXHAUSTED'];
    case 'deadline_exceeded':
    // Nobody reads the answer to a call whose caller is gone; this is the type that says "no answer in time".
    case 'cancelled':
      return ['DeadlineExceeded', 'DEADLINE_EXCEEDED'];
    case 'interrupted':
      return ['StreamInterrupted', 'STREAM_INTERRUPTED'];
    case 'request_refused':
      return [
        'RequestRefused',
        outcome.failureClass === 'CONTENT_FILTER' ? 'CONTENT_FILTERED' : 'INVALID_REQUEST',
      ];
  }
}
