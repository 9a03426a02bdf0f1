import type { BreakerView } from '../breakers/breaker-view.ts';
import type { ModelView } from '../catalog/catalog-view.ts';
import { disabledSentences } from '../catalog/disabled-sentences.ts';
import { HARD_DOWN_MS } from '../limits/hard-down.ts';
import type { LimitMeasures } from '../limits/limit-board.ts';

/** Why a model is not called at this moment, whoever asks: those of the reasons of plans that owe nothing to a tenant. */
export type UnavailableReason = 'DISABLED' | 'HARD_DOWN' | 'BREAKER_OPEN' | 'RATE_LIMITED';

/** Whether a model can be called at this moment. Instants are milliseconds since the epoch; null: not known, or no end. */
export interface Availability {
  /** Null: it can be called. */
  readonly reason: UnavailableReason | null;
  /** One sentence; null: it can be called. */
  readonly detail: string | null;
  readonly since: number | null;
  readonly until: number | null;
}

/** What is known of a model at the instant `now`. */
export interface AvailabilityFacts {
  readonly view: ModelView;
  readonly limits: LimitMeasures;
  readonly breaker: BreakerView;
  /** What its provider last said when it refused for good; null: nothing is on record. */
  readonly lastWords: string | null;
  readonly now: number;
}

const available: Availability = { reason: null, detail: null, since: null, until: null };

/** The first thing that keeps a model from being called, in the order in which plans name them. */
export function availabilityOf({ view, limits, breaker, lastWords, now }: AvailabilityFacts): Availability {
  const { disabledCause: cause } = view.facts;
  if (cause !== null) {
    const since = view.model.archivedAt ?? view.provider.archivedAt;
    return { ...available, reason: 'DISABLED', detail: disabledSentences[cause], since };
  }
  if (limits.hardDownMs !== null) {
    const until = now + limits.hardDownMs;
    const words = lastWords === null ? '' : ` It said: ${lastWords}`;
    const detail = `Its provider refused the credential, the account or the model.${words}`;
    return { reason: 'HARD_DOWN', detail, since: until - HARD_DOWN_MS, until };
  }
  if (breaker.mode === 'FORCED_OPEN') {
    const detail = 'An operator has forced its circuit breaker open.';
    return { reason: 'BREAKER_OPEN', detail, since: breaker.openedAt, until: breaker.modeUntil };
  }
  if (breaker.mode === 'AUTO' && breaker.state !== 'CLOSED') {
    const detail =
      breaker.state === 'OPEN'
        ? 'It failed too often in a row.'
        : 'One call at a time tries whether it is back.';
    return { reason: 'BREAKER_OPEN', detail, since: breaker.openedAt, until: breaker.nextProbeAt };
  }
  if (limits.coolDownMs !== null) {
    const detail = 'Its provider asked for a pause, or its configured allowance is used up.';
    return { ...available, reason: 'RATE_LIMITED', detail, until: now + limits.coolDownMs };
  }
  return available;
}
