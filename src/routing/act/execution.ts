import type { Attempt } from '../../calls/call.ts';
import type { CallOutcome } from '../../calls/guarded-call.ts';
import type { FailureClass, ProviderFailure } from '../../providers/failure.ts';
import type { ProviderAnswer, ProviderRequest } from '../../providers/provider.ts';
import type { ModelTraits } from '../../catalog/traits.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import { billMicroUsd, costMicroUsd, type PaidTokens } from '../../catalog/prices/price.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import type { RouteRequest } from '../request/request.ts';

/** How a routed call ended; `record/call-end.ts` says what that is called outside. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly answer: ProviderAnswer; readonly modelKey: string }
  /** Of several models that were asked at once, one at least answered. */
  | {
      readonly kind: 'voted';
      /** One for each attempt, in their order; null: it failed. */
      readonly answers: readonly (ProviderAnswer | null)[];
      /** The share of the largest group of answers that agree, in (0, 1]; null: there are fewer than two. */
      readonly agreement: number | null;
      /** The model of the first answer of that group. */
      readonly modelKey: string;
    }
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

/** What a candidate's provider is asked; `traits` says how the model wants to be, where that is known. */
export function toProviderRequest(
  request: RouteRequest,
  { candidate, estimates }: RankedCandidate,
  traits?: ModelTraits,
): ProviderRequest {
  return {
    modelSlug: candidate.modelSlug,
    messages: request.messages,
    ...(request.embedding && { embedding: request.embedding }),
    outputBudgetTokens: estimates.outputBudgetTokens,
    tools: request.tools,
    responseFormat: request.responseFormat,
    ...wishesOf(request, candidate.providerSlug),
    ...(traits !== undefined && { traits }),
    // A model that does not reason may refuse a request that says how hard to.
    ...(request.reasoningEffort !== null && candidate.capabilities.includes('REASONING')
      ? { reasoningEffort: request.reasoningEffort }
      : {}),
    ...(request.toolChoice === null ? {} : { toolChoice: request.toolChoice }),
  };
}

/** What the caller wished beside the conversation itself, as far as it did. */
function wishesOf(request: RouteRequest, providerSlug: string): Partial<ProviderRequest> {
  const { stopSequences, parallelToolCalls, endUserId } = request;
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = request;
  const sampling = given({ temperature, topP, topK, seed, presencePenalty, frequencyPenalty });
  return {
    ...(Object.keys(sampling).length > 0 && { sampling }),
    ...given({ stopSequences, parallelToolCalls, endUserId }),
    ...given({ providerOptions: request.providerOptions?.[providerSlug] ?? null }),
  };
}

/** The fields that are not null. */
function given<T extends object>(fields: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as { [Name in keyof T]?: NonNullable<T[Name]> };
}

/** What an attempt was made of. */
interface Attempted {
  readonly request: RouteRequest;
  readonly ranked: RankedCandidate;
  /** What it was planned from. */
  readonly catalog: CatalogView;
}

/** The record of one call that was sent, with its place among others and its price. */
export function toAttempt(
  position: number,
  { request, ranked: { candidate }, catalog }: Attempted,
  { record }: Sent,
): Attempt {
  const { usage } = record;
  const prices = catalog.model(candidate.key)?.prices;
  const bill = (tokens: PaidTokens) =>
    prices === undefined ? costMicroUsd(candidate, tokens) : billMicroUsd(prices, record.startedAt, tokens);
  const spent = usage && bill(usage);
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
