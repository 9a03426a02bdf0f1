import type { ProviderFailure } from '../providers/failure.ts';
import type { ProviderAnswer, ProviderConnection, ProviderRequest } from '../providers/provider.ts';
import type { CallTarget, Refusal } from './admission.ts';
import type { Attempt } from './call.ts';
import type { Verdict } from './verdict.ts';

/** One call to be made, whole or as a stream. It gets the time of its target. */
export interface GuardedInput {
  readonly target: CallTarget;
  /** How to reach the provider; undefined when the catalog does not say: the call fails on our side. */
  readonly connection: ProviderConnection | undefined;
  readonly request: ProviderRequest;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** What is known of a call when it has ended; its place among others and its price are its caller's to add. */
export type CallRecord = Omit<Attempt, 'position' | 'costMicroUsd'>;

/** How a call ended: not begun, answered, or failed. */
export type CallOutcome =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'answered'; readonly answer: ProviderAnswer; readonly record: CallRecord }
  | {
      readonly kind: 'failed';
      readonly failure: ProviderFailure;
      readonly verdict: Verdict;
      readonly record: CallRecord;
    };

/**
 * The way to a provider's whole answer. Never rejects, and ends no later than its time or its caller's abort; what
 * the provider still does after that is not waited for.
 */
export type GuardedCall = (input: GuardedInput) => Promise<CallOutcome>;
