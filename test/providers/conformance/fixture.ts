import type { FailureClass } from '../../../src/providers/failure.ts';
import type { FinishReason } from '../../../src/providers/provider.ts';
import type { ScriptedRequest } from '../../support/providers/scripted-provider.ts';
import type { Asked } from './asked.ts';
import type { Said } from './said.ts';

/** How a wire dialect words answers and refusals, and how it is read: recorded shapes of its public reference. */
export interface Fixture {
  readonly name: string;
  /** Where the shapes are from. */
  readonly reference: string;
  /** The body of a whole answer. */
  whole(said: Said): unknown;
  /** The bytes of the same as a stream; without `isEnded` it breaks off before its end. */
  stream(said: Said): Buffer;
  /** The body, as bytes, of a stream that says half a text and then this error. */
  streamedError(error: ToldError): Buffer;
  /** The body of an error, as this dialect tells it. */
  error(error: ToldError): unknown;
  read(request: ScriptedRequest): Asked;
  /** Every word that the reference has for the end of an answer, and what it means after a text. */
  readonly endings: Readonly<Record<string, FinishReason | FailureClass>>;
}

/** An error in the provider's own code and words. */
export interface ToldError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Server-sent events: objects are data as JSON, with their `type` as the event's name, texts data as they are. */
export function events(list: readonly (object | string)[]): Buffer {
  const lines = list.map((event) => {
    if (typeof event === 'string') return `data: ${event}\n\n`;
    const { type } = event as { readonly type?: unknown };
    return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`;
  });
  return Buffer.from(lines.join(''));
}
