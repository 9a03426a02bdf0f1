import { givesReason } from './ending.ts';
import type { Json, Rule } from './sound-json.ts';

/** Why the model ended, or null: a word that is no reason is left out. */
export const reason: Rule = (value) => (value === null || givesReason(value) ? value : undefined);

/**
 * How far an event takes a stream. `marker`: this is its end, whatever the connection does afterwards. `reason`: the
 * model has said why it ended, so that nothing is missing if nothing more comes.
 */
export type StreamEnding = 'marker' | 'reason' | undefined;

/**
 * What a provider says on the wire in one of the dialects, made sound for the SDK, whose schemas throw a whole answer
 * away for one field or item that they do not know. Passes over what is unknown or of no use, and leaves out optional
 * fields of a wrong type; what is essential is handed on as it came, and is for the SDK to refuse.
 */
export interface WireDialect {
  /** A whole answer; undefined when it is none that this knows. */
  readonly answer: Rule;
  /** An event of a stream; undefined when it is passed over. */
  readonly event: Rule;
  /** An event, or a body, that tells an error, such that the SDK sees one in it; absent: as it came. */
  readonly told?: (event: Json) => Json;
  readonly endingOf: (event: Json) => StreamEnding;
  /** The event to hand on when a stream with a reason ends without the marker that the SDK waits for. */
  readonly closing: Json | undefined;
}
