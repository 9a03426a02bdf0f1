import type { AnswerPiece } from '../../providers/provider.ts';
import type { ExpectedError } from '../../system/expected-error.ts';
import type { DecisionView } from '../record/decision.ts';
import type { RouteFailure, RouteSuccess } from '../record/call-end.ts';

/** Why there is no answer, or not all of it: refused before anything was decided, or what the decision came to. */
export type StreamFailure = ExpectedError | RouteFailure;

/**
 * What a streamed call tells, in this order. The last one is always `completed` or `failed`.
 *
 * | event           | how often                                                                           |
 * |-----------------|-------------------------------------------------------------------------------------|
 * | decided         | once; not when the call failed before anything was decided                          |
 * | attempt_started | for every call to a provider; not for an answer that is replayed                    |
 * | text            | any number; all of the same attempt, the last one; one for an answer that is replayed |
 * | completed       | once, or                                                                            |
 * | failed          | once                                                                                |
 */
export type StreamEvent =
  /** The decision is durable. */
  | { readonly kind: 'decided'; readonly view: DecisionView }
  | {
      readonly kind: 'attempt_started';
      readonly position: number;
      readonly providerSlug: string;
      readonly modelSlug: string;
    }
  | { readonly kind: 'text'; readonly text: string }
  /** The answer is complete and durable. */
  | { readonly kind: 'completed'; readonly outcome: RouteSuccess }
  /** `deliveredText`: all text of the events before, joined. */
  | { readonly kind: 'failed'; readonly error: StreamFailure; readonly deliveredText: string };

/**
 * What a streamed call tells one who wants all of its answer: between the attempt's start and the end there are
 * thoughts and tool calls too, in the order in which the model writes them. Of a replayed answer each comes in one
 * piece.
 */
export type FullStreamEvent = StreamEvent | AnswerPiece;
