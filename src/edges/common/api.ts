import type { WantedPieces } from '../../calls/guarded-stream.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { RouteSuccess } from '../../routing/record/call-end.ts';
import type { RawRouteInput } from '../../routing/request/raw-route-input.ts';
import type { FullStreamEvent } from '../../routing/stream/stream-event.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { RequestHeaders } from './caller-words.ts';
import type { Fault } from './fault.ts';
import type { Rename } from './fault-of.ts';
import type { JsonParts } from './json-parts.ts';
import type { JsonReader } from './json-reader.ts';

/** A request of a client's API, understood. */
export interface ParsedCall {
  readonly input: RawRouteInput;
  /** Whether the answer is wanted as a stream. */
  readonly isStream: boolean;
}

/** An event that goes into a stream: the call's own, other than that it has failed. */
export type AnswerEvent = Exclude<FullStreamEvent, { readonly kind: 'failed' }>;

/** Words one answer as a stream, event by event. A new one is made for each call. */
export interface StreamWording {
  /** Text of server-sent events for what has happened; empty: the API has no word for it. `facts`: what is known by now. */
  word(event: AnswerEvent, facts: AnswerFacts): string;
  /** The last words of a stream that has failed after it began. */
  fail(fault: Fault): string;
}

/**
 * One API that has models called, whose answers come as a whole: a translation around the one way of a call. All of it is
 * pure; `routed-endpoint` carries it out.
 */
export interface WholeApi<Call extends ParsedCall> {
  /** Throws ParameterError or UnknownModelError. */
  parse(body: JsonReader, headers: RequestHeaders, catalog: CatalogView): Call;
  /** The body of a whole answer; in parts where it may be megabytes. */
  whole(outcome: RouteSuccess, call: Call, facts: AnswerFacts): object | JsonParts;
  /** The body of an answer that is a fault. */
  fault(fault: Fault, requestId: string | null): object;
  /** How the API calls what our own rules name. */
  readonly rename: Rename;
}

/** The same of an API whose answers may also come as streams. */
export interface RoutedApi<Call extends ParsedCall> extends WholeApi<Call> {
  /** What of an answer is streamed: nothing else is handed to `stream`, and none of it counts as delivered. */
  readonly wants: WantedPieces;
  /** How its answer is worded as a stream. */
  stream(call: Call): StreamWording;
}
