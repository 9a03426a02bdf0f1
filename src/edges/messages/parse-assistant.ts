import type { RawMessage, RawToolCall } from '../../routing/request/raw-route-input.ts';
import { isJsonObject, type JsonObject } from '../../system/json.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { joinStates, openThought, parse, withCarried } from '../common/thought-state.ts';
import { hasBreakpoint, marks } from './parse-blocks.ts';

/** What an assistant has said, thought and called, as one message; none when it has but thought. */
export function parseAssistant(message: JsonReader): RawMessage[] {
  const toolCalls: RawToolCall[] = [];
  const carried = new Map<string, JsonObject>();
  let text = '';
  let isBreakpoint = false;
  let thoughts: JsonObject[] = [];
  for (const block of message.objects('content') ?? []) {
    isBreakpoint ||= hasBreakpoint(block);
    switch (block.raw('type')) {
      case 'text':
        text += block.requiredText('text');
        break;
      case 'thinking':
        thoughts.push(parseThinking(block));
        break;
      case 'redacted_thinking':
        thoughts.push(...parseRedacted(block, carried));
        break;
      case 'tool_use':
        toolCalls.push(parseToolUse(block, joinStates(thoughts)));
        thoughts = [];
        break;
      default:
        block.refuse('type', 'is no kind of block that is taken here');
    }
  }
  // A message of thoughts alone says nothing to any other model.
  if (text.trim() === '' && toolCalls.length === 0) return [];
  const providerState = joinStates(thoughts);
  return [
    {
      role: 'assistant',
      content: text,
      toolCalls: toolCalls.map((call) => withCarried(call, carried)),
      ...(providerState !== undefined && { providerState }),
      ...(isBreakpoint && { cacheBreakpoint: true }),
    },
  ];
}

const owner = (name: 'signature' | 'redactedData') => ({
  provider: 'anthropic',
  options: (seal: string): JsonObject => ({ anthropic: { [name]: seal } }),
});

function parseThinking(block: JsonReader): JsonObject {
  const seal = block.text('signature') ?? '';
  return openThought(seal, block.text('thinking') ?? '', owner('signature'));
}

function parseRedacted(block: JsonReader, carried: Map<string, JsonObject>): JsonObject[] {
  const data = block.requiredText('data');
  const calls = parse(data)?.['calls'];
  if (!isJsonObject(calls)) return [openThought(data, '', owner('redactedData'))];
  for (const [id, state] of Object.entries(calls)) if (isJsonObject(state)) carried.set(id, state);
  return [];
}

function parseToolUse(block: JsonReader, providerState: string | undefined): RawToolCall {
  block.only([...marks, 'id', 'name', 'input', 'caller']);
  return {
    id: block.requiredText('id'),
    name: block.requiredText('name'),
    arguments: JSON.stringify(block.raw('input') ?? {}),
    ...(providerState !== undefined && { providerState }),
  };
}
