import type { FailureClass } from '../../providers/failure.ts';
import type { ErrorCodeName, RetryableData } from '../../system/refusal.ts';
import { commonestReason } from '../plan/commonest-reason.ts';
import type { CallEnd, Execution } from '../act/execution.ts';
import type { RoutedCall } from '../act/routed-call.ts';
import type { Decision, DecisionStatus, DecisionView } from './decision.ts';

/** What a routed call has come to: the decision as it is recorded, and how it ended. */
interface Outcome<End extends CallEnd> {
  readonly view: DecisionView;
  readonly end: End;
}

/** An outcome with an answer. */
export type RouteSuccess = Outcome<Extract<CallEnd, { kind: 'answered' }>>;

/** An outcome with the answers of several. */
export type VoteSuccess = Outcome<Extract<CallEnd, { kind: 'voted' }>>;

/** An outcome without one, or with half of one. */
export type RouteFailure = Outcome<Exclude<CallEnd, { kind: 'answered' | 'voted' }>>;

/** What a call for one answer has come to. */
export type RouteOutcome = RouteSuccess | RouteFailure;

/** What a vote has come to. */
export type VoteOutcome = VoteSuccess | RouteFailure;

/** What any call has come to. */
export type EndedCall = RouteOutcome | VoteOutcome;

/** What an end is called outside. */
interface EndRow {
  readonly status: DecisionStatus;
  /** The member of the result's union that answers it, and its code where that is a refusal. */
  readonly member: string;
  readonly code: ErrorCodeName | null;
  /** Where the end brings no message of its own. */
  readonly sentence?: (view: DecisionView) => string;
}

/** Every way in which a routed call ends. One that is added does not compile until it stands here. */
const table = {
  answered: { status: 'SUCCEEDED', member: 'RouteSuccess', code: null },
  voted: { status: 'SUCCEEDED', member: 'VotePayload', code: null },
  none_admitted: {
    status: 'REFUSED',
    member: 'NoEligibleModel',
    code: 'NO_ELIGIBLE_MODEL',
    sentence: noneSentence,
  },
  exhausted: {
    status: 'EXHAUSTED',
    member: 'AttemptsExhausted',
    code: 'ATTEMPTS_EXHAUSTED',
    sentence: (view) => `Every planned attempt failed (${view.decision.attempts.length} made).`,
  },
  deadline: {
    status: 'DEADLINE',
    member: 'DeadlineExceeded',
    code: 'DEADLINE_EXCEEDED',
    sentence: (view) => `No answer within ${view.plan().timeoutMs} ms.`,
  },
  // Nobody reads the answer to a call whose caller is gone; this is the type that says "no answer in time".
  cancelled: {
    status: 'CANCELLED',
    member: 'DeadlineExceeded',
    code: 'DEADLINE_EXCEEDED',
    sentence: () => 'The caller went away.',
  },
  interrupted: { status: 'INTERRUPTED', member: 'StreamInterrupted', code: 'STREAM_INTERRUPTED' },
  refused: { status: 'REFUSED', member: 'RequestRefused', code: 'INVALID_REQUEST' },
} as const satisfies Record<CallEnd['kind'], EndRow>;

function noneSentence(view: DecisionView): string {
  const { ranked, rejected } = view.plan();
  if (ranked.length > 0) {
    return `No model may be called now: breakers or limits refused each of the ${ranked.length} that the plan ranks.`;
  }
  const reason = commonestReason(rejected, view.decision.planInput);
  if (reason === undefined) return 'No model may be called: the catalog is empty.';
  return `No model may be called now. ${reason}. The plan says why for each of ${rejected.length}.`;
}

/** What a call has come to that ended like this. */
export function toOutcome(view: DecisionView, end: CallEnd): EndedCall {
  return { view, end } as EndedCall;
}

/** Whether a call was answered. */
export function isSuccess(outcome: EndedCall): outcome is RouteSuccess {
  return outcome.end.kind === 'answered';
}

/** Whether a vote came about. */
export function isVoted(outcome: EndedCall): outcome is VoteSuccess {
  return outcome.end.kind === 'voted';
}

/** The answer of a call, with what it cost: integer micro-USD. */
export function completionOf({ end, view }: RouteSuccess) {
  return { ...end, costMicroUsd: view.decision.attempts.at(-1)?.costMicroUsd ?? 0 };
}

/** A call that was decided, as it is recorded before anybody is called. */
export function pendingDecision(call: RoutedCall): Decision {
  return {
    id: call.decisionId,
    tenantId: call.tenantId,
    status: 'PENDING',
    workflowId: call.request.workflowId,
    ...(call.request.labels && { labels: call.request.labels }),
    createdAt: call.createdAt,
    deadlineAt: call.createdAt + call.plan.timeoutMs,
    planInput: call.planInput,
    attempts: [],
    completedAt: null,
    latencyMs: null,
    costMicroUsd: null,
    modelKey: null,
    auditSeq: null,
    degraded: [],
  };
}

/** What the column and GraphQL's Int hold. */
const MOST_LATENCY_MS = 2 ** 31 - 1;

/**
 * A pending decision as it stands when its execution has ended, which took so long by the monotonic clock. The wall
 * clock may be set by years meanwhile: when it ended follows from when it began.
 */
export function endDecision(pending: Decision, { attempts, end }: Execution, elapsedMs: number): Decision {
  const latencyMs = Math.min(sound(elapsedMs), MOST_LATENCY_MS);
  const costs = attempts.map((attempt) => sound(attempt.costMicroUsd ?? 0));
  return {
    ...pending,
    attempts,
    status: table[end.kind].status,
    completedAt: pending.createdAt + latencyMs,
    latencyMs,
    costMicroUsd: Math.min(
      costs.reduce((sum, cost) => sum + cost, 0),
      Number.MAX_SAFE_INTEGER,
    ),
    modelKey: 'modelKey' in end ? end.modelKey : null,
  };
}

/** A number as the table takes it: whole, and neither negative nor none at all. */
function sound(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER);
}

/** A refusal of a routed call that was decided and recorded. */
export interface RouteRefusalData extends RetryableData {
  readonly decision: DecisionView;
  readonly failureClass: FailureClass | null;
}

/** What a routed call without a whole answer has come to, as the data of its GraphQL type. */
export function toRouteRefusal({ view, end }: RouteFailure): RouteRefusalData {
  const { member, code } = table[end.kind];
  const isFiltered = end.kind === 'refused' && end.failureClass === 'CONTENT_FILTER';
  return {
    refusal: member,
    code: isFiltered ? 'CONTENT_FILTERED' : code,
    message: 'message' in end ? end.message : table[end.kind].sentence(view),
    decision: view,
    retryAfterMs: 'retryAfterMs' in end ? end.retryAfterMs : null,
    failureClass: 'failureClass' in end ? end.failureClass : null,
  };
}

/** The same for a caller that wanted no stream: to it, a stream that broke is an attempt that failed. */
export function toWholeRefusal(outcome: RouteFailure): RouteRefusalData {
  const data = toRouteRefusal(outcome);
  const { member, code } = table.exhausted;
  return outcome.end.kind === 'interrupted' ? { ...data, refusal: member, code } : data;
}
