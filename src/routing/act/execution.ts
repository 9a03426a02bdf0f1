import type { Attempt } from '../../calls/call.ts';
import type { CallOutcome } from '../../calls/guarded-call.ts';
import type { FailureClass, ProviderFailure } from '../../providers/failure.ts';
import type { ProviderAnswer, ProviderRequest } from '../../providers/provider.ts';
import { costMicroUsd } from '../plan/budget.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import type { RouteRequest } from '../request/request.ts';

/** How a routed call ended; `record/call-end.ts` says what that is called outside. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly answer: ProviderAnswer; readonly modelKey: string }
  /** Nothing was sent: no candidate was eligible, or admission refused every one. */
  | { readonly kind: 'none_admitted'; readonly retryAfterMs: number | null }
  | { readonly kind: 'exhausted'; readonly retryAfterMs: number | null }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'cancelled' }
  /** A stream ended after some of it had been delivered, or was ended by us; nothing was tried after it. */
  | {
      readonly kind: 'interrupted';
      readonly failureClass: FailureClass;
      readonly message: string;
      readonly deliveredText: string;
    }
  /** A provider refused the request itself. */
  | {
      readonly kind: 'refused';
      readonly failureClass: Extract<FailureClass, 'CONTENT_FILTER' | 'INVALID_REQUEST'>;
      readonly message: string;
    };

/** What was done, call by call, and how it ended. */
export interface Execution {
  readonly attempts: readonly Attempt[];
  readonly end: CallEnd;
}
type Sent = Exclude<CallOutcome, { kind: 'refused' }>;

/** What a candidate's provider is asked. */
export function toProviderRequest(
  request: RouteRequest,
  { candidate, estimates }: RankedCandidate,
): ProviderRequest {
  return {
    modelSlug: candidate.modelSlug,
    messages: request.messages,
    outputBudgetTokens: estimates.outputBudgetTokens,
    tools: request.tools,
    responseFormat: request.responseFormat,
    ...(request.temperature === null ? {} : { temperature: request.temperature }),
    // A model that does not reason may refuse a request that says how hard to.
    ...(request.reasoningEffort !== null && candidate.capabilities.includes('REASONING')
      ? { reasoningEffort: request.reasoningEffort }
      : {}),
    ...(request.toolChoice === null ? {} : { toolChoice: request.toolChoice }),
  };
}

/** The record of one call that was sent, with its place among others and its price. */
export function toAttempt(
  position: number,
  { request, ranked: { candidate } }: { readonly request: RouteRequest; readonly ranked: RankedCandidate },
  { record }: Sent,
): Attempt {
  const { usage } = record;
  const spent = usage && costMicroUsd(candidate, usage.inputTokens, usage.outputTokens);
  const notices = [...planNotices(request, candidate), ...(record.notices ?? [])];
  return { position, ...record, costMicroUsd: spent, ...(notices.length > 0 && { notices }) };
}

/** What `toProviderRequest` leaves out. */
function planNotices(
  { reasoningEffort }: RouteRequest,
  { capabilities }: RankedCandidate['candidate'],
): string[] {
  return reasoningEffort !== null && !capabilities.includes('REASONING')
    ? ['The reasoning effort was left out: the model does not reason.']
    : [];
}

/** What the last failure makes of a call of which nothing is left to try. */
export function endAfter(failure: ProviderFailure, retryAfterMs: number | null): CallEnd {
  switch (failure.failureClass) {
    case 'CANCELLED':
      return { kind: 'cancelled' };
    case 'DEADLINE':
      return { kind: 'deadline' };
    case 'CONTENT_FILTER':
    case 'INVALID_REQUEST':
      return { kind: 'refused', failureClass: failure.failureClass, message: failure.message };
    default:
      return { kind: 'exhausted', retryAfterMs };
  }
}
