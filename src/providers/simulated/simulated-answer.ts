import type { Message, ToolCall } from '../message.ts';
import type { JsonObject, JsonValue } from '../../system/json.ts';
import type { ProviderAnswer, ProviderRequest } from '../provider.ts';

const CHARS_PER_TOKEN = 4;

/**
 * An answer that says of itself that it is simulated, in the form that the request asks for. `callId` names the
 * tool call, if one is demanded. A small output budget cuts the text, and the answer says so.
 */
export function simulatedAnswer(request: ProviderRequest, callId: string): ProviderAnswer {
  const toolCall = demandedCall(request, callId);
  const whole = toolCall === undefined ? untilStop(textFor(request), request.stopSequences) : '';
  const text = whole.slice(0, request.outputBudgetTokens * CHARS_PER_TOKEN);
  const isCut = text.length < whole.length;
  return {
    text,
    toolCalls: toolCall === undefined ? [] : [toolCall],
    finishReason: toolCall !== undefined ? 'tool_calls' : isCut ? 'length' : 'stop',
    usage: {
      inputTokens: tokensOf(request.messages.map(textOf).join('')),
      outputTokens: tokensOf(text + (toolCall?.arguments ?? '')),
      reasoningTokens: 0,
    },
  };
}

/** A text up to the first of these that is in it. */
function untilStop(text: string, stops: readonly string[] = []): string {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return text.slice(0, Math.min(text.length, ...places));
}

/** A word of an answer, with the space behind it. */
export interface SimulatedWord {
  readonly text: string;
  /** Tokens up to and with this word; that of the last word is what the whole answer has. */
  readonly sentTokens: number;
}

/** A text as it would be streamed. */
export function wordsOf(text: string): readonly SimulatedWord[] {
  let length = 0;
  return (text.match(/\s*\S+\s*/g) ?? []).map((word) => {
    length += word.length;
    return { text: word, sentTokens: Math.ceil(length / CHARS_PER_TOKEN) };
  });
}

function textFor({ modelSlug, responseFormat }: ProviderRequest): string {
  if (responseFormat.type === 'json_schema') return JSON.stringify(sampleOf(responseFormat.jsonSchema));
  if (responseFormat.type === 'json') return JSON.stringify({ simulated: true, model: modelSlug });
  return (
    `[simulated] No model was called: ${modelSlug} is a stand-in that answers every request with these words. ` +
    'Routing, fallback and the record of this call are real. ' +
    'Give Switchyard the credential of a provider to get real answers.'
  );
}

/** A stand-in uses a tool only when it is told to. */
function demandedCall({ tools, toolChoice }: ProviderRequest, callId: string): ToolCall | undefined {
  const [first] = tools;
  const wanted =
    toolChoice?.mode === 'tool' ? tools.find((tool) => tool.name === toolChoice.toolName) : first;
  if (wanted === undefined || (toolChoice?.mode !== 'tool' && toolChoice?.mode !== 'required'))
    return undefined;
  return { id: callId, name: wanted.name, arguments: JSON.stringify(sampleOf(wanted.parameters)) };
}

const MAX_DEPTH = 8;

/** A value of the shape that a JSON Schema describes, as far as its plain keywords go. */
function sampleOf(schema: JsonObject, depth = 0): JsonValue {
  if (depth > MAX_DEPTH) return null;
  const inner = (value: JsonValue | undefined): JsonValue =>
    sampleOf(isObject(value) ? value : {}, depth + 1);
  const choices = schema['enum'] ?? schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf'];
  if (schema['const'] !== undefined) return schema['const'];
  if (isList(choices)) return schema['enum'] === undefined ? inner(choices[0]) : (choices[0] ?? null);
  const type = isList(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, inner(value)]));
    }
    case 'array':
      return [inner(schema['items'])];
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 0;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'simulated';
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function textOf(message: Message): string {
  return message.role === 'user'
    ? message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
    : message.text;
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
