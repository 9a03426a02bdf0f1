import type { BreakerSignal } from '../breakers/rule/breaker.ts';
import type { FailureClass } from '../providers/failure.ts';

/** How one call to a provider ended, a user's or a probe's: all that a model's estimates are made from. */
export interface Outcome {
  readonly key: string;
  /** What the breaker learned: a failure for it is a failure here, and what is neutral is neither. */
  readonly signal: BreakerSignal;
  /** Null: it was answered. */
  readonly failureClass: FailureClass | null;
  /** Time spent waiting for the provider, milliseconds. */
  readonly latencyMs: number;
  /** Of that, until the first text of a stream; null when there was none, or the answer comes as a whole. */
  readonly timeToFirstTokenMs: number | null;
  readonly isStream: boolean;
  /** What the model wrote, reasoning included; null: nobody counted. */
  readonly outputTokens: number | null;
  /** What the catalog expects of an answer that spends its whole budget, milliseconds. */
  readonly fullAnswerMs: number;
  /** Our own prompt. */
  readonly isProbe: boolean;
  /** A success that closes the model's breaker: what was observed before it is over. */
  readonly endsOutage: boolean;
}

/** What the catalog expects of a model's speed. */
export interface ExpectedSpeed {
  readonly expectedFirstTokenMs: number;
  readonly expectedMicrosPerOutputToken: number;
  /** Tokens that it thinks before its first text; null: it does not. */
  readonly reasoningTokenFloor: number | null;
}

/** Output tokens beyond which an answer's length no longer counts for the latency that scores are made from. */
export const USUAL_OUTPUT_TOKENS = 500;

/**
 * The most that one outcome can say, thousandths of the expectation: six doublings of the eight that lie between the
 * best and the worst latency of a score. One call that hung would else outweigh hundreds that did not.
 */
export const MOST_RATIO_PERMILLE = 64_000;

/**
 * Observed / expected latency of an outcome for what it has itself put out, whole thousandths; null when it teaches
 * nothing.
 *
 * | outcome                                     | observed               | expected of                              |
 * |---------------------------------------------|------------------------|------------------------------------------|
 * | answered                                    | its time               | the tokens it wrote                      |
 * | answered, nobody counted                    | the first token's time | the first token; as a whole: nothing     |
 * | failed, tokens counted                      | its time, if longer    | the tokens it wrote                      |
 * | a stream that ended before its first text   | its time, if longer    | the first token                          |
 * | its caller left, amid a stream's text       | the first token's time | the first token                          |
 * | its caller left, otherwise                  | its time, if longer    | an answer that spends its whole budget   |
 * | failed otherwise, out of time included      | its time, if longer    | an answer of usual length                |
 * | a fault of ours                             | nothing                | –                                        |
 *
 * What failed faster than an answer is expected says nothing of how long one takes. A caller that leaves has not
 * waited for long because the model is slow, unless no answer within its budget takes so long.
 */
export function observedRatioPermille(outcome: Outcome, speed: ExpectedSpeed): number | null {
  const { failureClass, latencyMs, timeToFirstTokenMs, isStream, outputTokens, fullAnswerMs } = outcome;
  if (failureClass === 'INTERNAL') return null;
  const firstTokenMs = expectedMs(speed, speed.reasoningTokenFloor ?? 0);
  if (failureClass === null) {
    if (outputTokens !== null) return ratio(latencyMs, expectedMs(speed, outputTokens));
    return timeToFirstTokenMs === null ? null : ratio(timeToFirstTokenMs, firstTokenMs);
  }
  if (outputTokens !== null) return ratioIfLonger(latencyMs, expectedMs(speed, outputTokens));
  if (isStream && timeToFirstTokenMs === null) return ratioIfLonger(latencyMs, firstTokenMs);
  if (failureClass !== 'CANCELLED') {
    return ratioIfLonger(latencyMs, Math.min(fullAnswerMs, expectedMs(speed, USUAL_OUTPUT_TOKENS)));
  }
  return timeToFirstTokenMs === null
    ? ratioIfLonger(latencyMs, fullAnswerMs)
    : ratio(timeToFirstTokenMs, firstTokenMs);
}

function expectedMs(
  { expectedFirstTokenMs, expectedMicrosPerOutputToken }: ExpectedSpeed,
  tokens: number,
): number {
  return expectedFirstTokenMs + (tokens * expectedMicrosPerOutputToken) / 1000;
}

function ratioIfLonger(observedMs: number, expected: number): number | null {
  return observedMs < expected ? null : ratio(observedMs, expected);
}

/** A model that is expected to take no time at all has no ratio: every multiple of its latency is the same. */
function ratio(observedMs: number, expected: number): number | null {
  if (expected <= 0) return null;
  return Math.min(MOST_RATIO_PERMILLE, Math.max(0, Math.round((1000 * observedMs) / expected)));
}
