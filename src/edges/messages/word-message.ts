import type { FinishReason, ProviderAnswer, TokenUsage } from '../../providers/provider.ts';
import type { JsonObject, JsonValue } from '../../system/json.ts';
import { parse, restOfState, thoughtsOf } from '../common/thought-state.ts';

/** What an answer is called by. */
export interface AnsweredBy {
  readonly id: string;
  readonly model: string;
  readonly showsThoughts: boolean;
}

/** An answer as the Messages API words it. */
export function wordMessage(answer: ProviderAnswer, by: AnsweredBy): JsonObject {
  return {
    id: by.id,
    type: 'message',
    role: 'assistant',
    model: by.model,
    content: wordContent(answer, by),
    ...stopOf(answer),
    usage: wordUsage(answer.usage),
  };
}

/** Why an answer ended, and at which of the caller's sequences if it did at one and its provider told. */
export function stopOf({ finishReason, stopSequence }: ProviderAnswer): JsonObject {
  if (finishReason !== 'stop' || stopSequence === undefined) {
    return { stop_reason: stopReasons[finishReason], stop_sequence: null };
  }
  return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
}

/** The same in Anthropic's words. */
const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  other: 'end_turn',
};

/** Tokens as Anthropic counts them: what a cache held or took is no part of `input_tokens`. */
export function wordUsage(usage: TokenUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
  };
}

function wordContent(answer: ProviderAnswer, { showsThoughts }: AnsweredBy): JsonValue[] {
  const text: JsonValue[] = answer.text === '' ? [] : [{ type: 'text', text: answer.text }];
  const thoughts = thoughtsOf(answer);
  const calls = answer.toolCalls.map(({ id, name, arguments: args }) => {
    return { type: 'tool_use', id, name, input: parse(args) ?? {} };
  });
  return [
    ...thoughts.map((thought) => wordThought(thought, showsThoughts)),
    ...text,
    ...calls,
    ...carrierOf(answer),
  ];
}

/** A thought; one without a text is redacted. */
export function wordThought(
  { text, seal }: { readonly text: string; readonly seal: string },
  showsThoughts: boolean,
): JsonObject {
  if (text === '') return { type: 'redacted_thinking', data: seal };
  return { type: 'thinking', thinking: showsThoughts ? text : '', signature: seal };
}

/** What providers want back with the calls themselves, in a block that clients send back as it is; mostly none. */
export function carrierOf({ toolCalls }: Pick<ProviderAnswer, 'toolCalls'>): JsonObject[] {
  const carried = toolCalls.flatMap(({ id, providerState }) => {
    const rest = restOfState(providerState);
    return rest === undefined ? [] : [[id, rest] as const];
  });
  if (carried.length === 0) return [];
  return [{ type: 'redacted_thinking', data: JSON.stringify({ calls: Object.fromEntries(carried) }) }];
}
