import type { Refusal } from '../../calls/admission.ts';
import type { Verdict } from '../../calls/verdict.ts';
import type { ProviderFailure } from '../../providers/failure.ts';
import type { Plan, RankedCandidate } from '../plan/plan.ts';
import { endAfter, type CallEnd } from './execution.ts';
import { noPause, shortestMs, soonestOf, type Pause, type Wait } from './wait.ts';

/**
 * Where a call stands in its plan: who may still be called, who asked to be left alone until when, and what the
 * failures so far forbid. Immutable; each outcome makes the next one, and `nextStep` says what to do in it.
 *
 * | last outcome             | what comes next                                                     |
 * |--------------------------|---------------------------------------------------------------------|
 * | none                     | the first choice                                                    |
 * | refused by admission     | the next candidate; no attempt is spent                             |
 * | same_then_next           | the same candidate once more, if its pause fits, then the next      |
 * | next                     | the next candidate, past those of its provider if that is out       |
 * | larger_window            | the next candidate whose context window is larger                   |
 * | other_provider_then_stop | the next candidate of another provider, once; then the end          |
 * | stop                     | the end                                                             |
 * | nobody is left           | the first that is waited for (wait.ts) after its pause, if it fits  |
 */
export interface Walk {
  /** Who may be called at once, best first. */
  readonly candidates: readonly RankedCandidate[];
  /** The candidate that failed last, when it is tried again, and how long after its failure. */
  readonly retry: { readonly ranked: RankedCandidate; readonly pauseMs: number } | null;
  /** Who said "not now"; the last word of each. */
  readonly waits: readonly Wait[];
  /** Provider calls that may still be made. */
  readonly attemptsLeft: number;
  /** The candidate that has had its one retry; null: the one to be called next has not. */
  readonly retried: RankedCandidate | null;
  /** A request that one provider found invalid has had its one hop to another dialect. */
  readonly hopped: boolean;
  /** Null: nothing was sent. */
  readonly lastFailure: ProviderFailure | null;
}

/** When and under which circumstances a step is taken. Instants are those of the monotonic clock. */
export interface Moment {
  readonly nowMs: number;
  /** When the caller's whole time ends. */
  readonly deadlineMs: number;
  readonly isCancelled: boolean;
  /** Milliseconds until a model may be called, as far as is known; 0: now. */
  readonly waitMsOf: (key: string) => number;
  /** For how much of that it cools down; the rest is its breaker's, as is the lease of a probe that has just ended. */
  readonly coolDownMsOf: (key: string) => number;
}

/** What to do next: call a candidate after a pause, or end. */
export type Step =
  | { readonly kind: 'call'; readonly ranked: RankedCandidate; readonly pause: Pause }
  | { readonly kind: 'end'; readonly end: CallEnd };

/** A walk at its beginning. Without fallback only the first choice is ever called. */
export function beginWalk({ ranked, maxAttempts }: Plan, fallbackEnabled: boolean, nowMs: number): Walk {
  const walk: Walk = {
    candidates: fallbackEnabled ? ranked : ranked.slice(0, 1),
    waits: [],
    retry: null,
    attemptsLeft: maxAttempts,
    retried: null,
    hopped: false,
    lastFailure: null,
  };
  const [first] = ranked;
  if (first === undefined || first.notBeforeMs === null) return walk;
  const isShut = first.candidate.measures.breakerRetryAfterMs !== null;
  const reason = isShut ? 'BREAKER_OPEN' : 'RATE_LIMITED';
  return afterRefusal(walk, first, { reason, retryAfterMs: first.notBeforeMs }, nowMs);
}

/** The one thing to do next; the table above. */
export function nextStep(walk: Walk, moment: Moment): Step {
  const step = nextCall(walk, moment);
  if (step === undefined) return { kind: 'end', end: endOf(walk) };
  if (moment.isCancelled) return { kind: 'end', end: { kind: 'cancelled' } };
  if (moment.nowMs >= moment.deadlineMs) return { kind: 'end', end: { kind: 'deadline' } };
  return { kind: 'call', ...step };
}

function nextCall(
  { candidates, retry, waits, attemptsLeft, lastFailure }: Walk,
  { nowMs, deadlineMs, waitMsOf }: Moment,
): { readonly ranked: RankedCandidate; readonly pause: Pause } | undefined {
  if (attemptsLeft === 0) return undefined;
  const remainingMs = deadlineMs - nowMs;
  if (retry !== null && retry.pauseMs < remainingMs) {
    return { ranked: retry.ranked, pause: { kind: 'backoff', ms: retry.pauseMs } };
  }
  const [first] = candidates;
  if (first !== undefined) return { ranked: first, pause: noPause };
  const awaited = waits.filter(
    ({ by }) =>
      by === 'provider' ||
      by === 'limits' ||
      by === 'place' ||
      ((by === 'breaker' || by === 'probe') && lastFailure === null),
  );
  const soonest = soonestOf(awaited, nowMs, waitMsOf);
  if (soonest === undefined) return undefined;
  // Nobody knows when a place is given back.
  return soonest.pause.kind === 'place' || soonest.pause.ms < remainingMs ? soonest : undefined;
}

/** How the call ends when nothing follows. */
export function endOf({ waits, lastFailure }: Walk): CallEnd {
  const retryAfterMs = shortestMs(waits);
  return lastFailure === null ? { kind: 'none_admitted', retryAfterMs } : endAfter(lastFailure, retryAfterMs);
}

/** Whether no call can follow the one of this candidate. A timeout never repeats the same candidate. */
export function isLastAttempt({ attemptsLeft, candidates }: Walk, ranked: RankedCandidate): boolean {
  return attemptsLeft === 1 || candidates.every((candidate) => candidate === ranked);
}

/** The walk after admission refused a candidate: nothing was sent, so no attempt is spent. */
export function afterRefusal(
  walk: Walk,
  ranked: RankedCandidate,
  { reason, retryAfterMs, isProbed }: Omit<Refusal, 'admitted'>,
  nowMs: number,
): Walk {
  const left = without(walk, ranked);
  if (retryAfterMs === null) return left;
  const by = isProbed === true ? 'probe' : saidBy[reason];
  const isShut = reason === 'BREAKER_OPEN';
  const wait: Wait = { by, ranked, readyMs: nowMs + retryAfterMs, retryAfterMs, isShut };
  return { ...left, waits: [...left.waits, wait] };
}

const saidBy: Record<Refusal['reason'], Wait['by']> = {
  BREAKER_OPEN: 'breaker',
  HARD_DOWN: 'breaker',
  RATE_LIMITED: 'limits',
  AT_CAPACITY: 'place',
};

/** What is known of a call that failed; `jitter` is a random number in [0, 1). */
export interface Failed {
  readonly failure: ProviderFailure;
  readonly verdict: Pick<Verdict, 'next' | 'skip'>;
  readonly jitter: number;
}

/** The longest pause before the same model is tried again; the pause is uniform up to it ("full jitter"). */
export const RETRY_BACKOFF_MS = 250;

/** The walk after a candidate's call failed. */
export function afterFailure(walk: Walk, ranked: RankedCandidate, failed: Failed, moment: Moment): Walk {
  const { failure, verdict, jitter } = failed;
  const left = without(walk, ranked);
  const onward: Walk = {
    ...left,
    attemptsLeft: walk.attemptsLeft - 1,
    lastFailure: failure,
    waits: [...left.waits, ...waitAfter(ranked, failure, moment)],
  };
  switch (verdict.next) {
    case 'stop':
      return keeping(onward, () => false);
    case 'same_then_next': {
      if (walk.retried === ranked) return onward;
      const pauseMs = failure.retryAfterMs ?? jitter * RETRY_BACKOFF_MS;
      return { ...onward, retry: { ranked, pauseMs }, retried: ranked };
    }
    case 'next':
      return verdict.skip === 'provider' ? keeping(onward, servedByAnother(ranked)) : onward;
    case 'larger_window': {
      const window = ranked.candidate.contextWindowTokens;
      return keeping(onward, ({ candidate }) => candidate.contextWindowTokens > window);
    }
    case 'other_provider_then_stop':
      return { ...keeping(onward, walk.hopped ? () => false : servedByAnother(ranked)), hopped: true };
  }
}

/** What a failure says of when its model may be called again: its provider's word, unless the model cools for longer. */
function waitAfter(
  ranked: RankedCandidate,
  failure: ProviderFailure,
  { nowMs, coolDownMsOf }: Moment,
): Wait[] {
  const isLimited = failure.failureClass === 'RATE_LIMITED';
  const coolMs = isLimited ? coolDownMsOf(ranked.candidate.key) : 0;
  const retryAfterMs = Math.max(failure.retryAfterMs ?? 0, coolMs) || (failure.retryAfterMs ?? null);
  if (!isLimited && retryAfterMs === null) return [];
  const by = isLimited ? 'provider' : 'report_only';
  return [{ by, ranked, readyMs: nowMs + (retryAfterMs ?? 0), retryAfterMs }];
}

function without(walk: Walk, ranked: RankedCandidate): Walk {
  return {
    ...walk,
    candidates: walk.candidates.filter((other) => other !== ranked),
    waits: walk.waits.filter((wait) => wait.ranked !== ranked),
    retry: null,
    retried: null,
  };
}

/** The walk with nobody in it but those who are still of use to its request. */
function keeping(walk: Walk, isOfUse: (ranked: RankedCandidate) => boolean): Walk {
  return {
    ...walk,
    candidates: walk.candidates.filter(isOfUse),
    waits: walk.waits.map((wait) => (isOfUse(wait.ranked) ? wait : { ...wait, by: 'report_only' })),
  };
}

function servedByAnother(failed: RankedCandidate): (other: RankedCandidate) => boolean {
  return (other) => other.candidate.providerSlug !== failed.candidate.providerSlug;
}
