import type { HeldPlace } from '../limits/places/places.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { ResponseHeaders, TokenUsage } from '../providers/provider.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { BreakerSignal } from '../breakers/rule/breaker.ts';

/** What a call is about to do, as admission judges it. */
export interface CallTarget {
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly key: string;
  /** This attempt's own identity. */
  readonly attemptId: string;
  readonly time: AttemptTime;
  /** How long until the attempt ends at the latest, milliseconds, where its time may stand still; absent: its timeout. */
  readonly endsWithinMs?: number;
  /** Tokens the call may use at most: estimated input and output budget. */
  readonly estimatedTokens: number;
  /** Its answer comes piece by piece; absent: as a whole. */
  readonly isStream?: true;
  /** The place that it has waited for, where it had to. */
  readonly place?: HeldPlace;
  /** Our own prompt, to find out whether the model is well; absent: a user's call. */
  readonly isProbe?: true;
  /** Made to find out whether a pause or hard-down has to go on: neither holds it back. */
  readonly isTrial?: boolean;
  /** Whose call it is; absent: nobody's. */
  readonly tenantId?: string;
}

/** How an admitted call ended. */
export interface Settlement {
  readonly signal: BreakerSignal;
  readonly failure: ProviderFailure | null;
  readonly headers: ResponseHeaders;
  readonly usage: TokenUsage | null;
  /** Time spent waiting for the provider; 0: nothing was sent. */
  readonly latencyMs: number;
  /** Of that, until a stream's first text; null when there was none, or the answer came as a whole. */
  readonly timeToFirstTokenMs: number | null;
}

/** Leave to make one call. `settle` must be called exactly once, on every path; then it neither throws nor waits. */
export interface Permit {
  readonly admitted: true;
  settle(settlement: Settlement): void;
}

export interface Refusal {
  readonly admitted: false;
  readonly reason: 'BREAKER_OPEN' | 'RATE_LIMITED' | 'HARD_DOWN' | 'AT_CAPACITY';
  readonly retryAfterMs: number | null;
  /** Its breaker is finding out at this moment whether the model is back: waiting may be over at any time. */
  readonly isProbed?: true;
}

/**
 * The one seam at which breakers and rate limits guard a call. Binding, where a plan's snapshot was a guess:
 * a refusal means that nothing may be sent. Decides from memory; a promise is returned only by a guard that
 * has to win something in the fleet (a breaker's probe).
 */
export interface Admission {
  admit(target: CallTarget): Permit | Refusal | Promise<Permit | Refusal>;
}
