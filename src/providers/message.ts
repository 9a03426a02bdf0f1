import type { JsonObject } from '../system/json.ts';

/** What a caller asks a model, independent of any provider's dialect. */
export type Message = (
  | { readonly role: 'system'; readonly text: string }
  | { readonly role: 'user'; readonly parts: readonly ContentPart[] }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolCalls: readonly ToolCall[];
      readonly providerState?: string;
    }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly toolName: string; readonly text: string }
) & {
  /** The provider may keep what stands up to here, this message included, for later calls that begin alike. */
  readonly cacheBreakpoint?: true;
};

/** All that is said in a conversation, as texts. */
export function textsOf(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => {
    switch (message.role) {
      case 'user':
        return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
      case 'assistant':
        return [message.text, ...message.toolCalls.map((call) => call.arguments)];
      default:
        return [message.text];
    }
  });
}

/** One piece of a user's message. What is no text is a URL or bytes; `mediaType` is an IANA type such as `image/png`. */
export type ContentPart = { readonly type: 'text'; readonly text: string } | ImagePart | FilePart;

export type ImagePart =
  | { readonly type: 'image'; readonly url: string; readonly mediaType?: string }
  | { readonly type: 'image'; readonly base64: string; readonly mediaType: string };

/** A document or sound. */
export type FilePart = {
  readonly type: 'file';
  readonly mediaType: string;
  /** What its owner calls it. */
  readonly filename?: string;
} & ({ readonly url: string } | { readonly base64: string });

/** A function the model may ask to be called; `parameters` is a JSON Schema object. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  readonly parameters: JsonObject;
  /** Whether its arguments are held to the schema; absent: as its provider does by itself. */
  readonly strict?: boolean;
}

/** A call the model asks for. `arguments` is JSON text as the model wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** What the provider wants back with the tool's result, opaque to everybody else (e.g. a thought signature). */
  readonly providerState?: string;
}

export type ToolChoice =
  { readonly mode: 'auto' | 'none' | 'required' } | { readonly mode: 'tool'; readonly toolName: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | { readonly type: 'json_schema'; readonly jsonSchema: JsonObject };

/** How hard a model is to think, from not at all to as hard as it can. */
export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'max'] as const;

export type ReasoningEffort = (typeof reasoningEfforts)[number];
