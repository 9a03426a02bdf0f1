import type { RawMessage, RawToolCall } from '../../routing/request/raw-route-input.ts';
import { unpackCallId } from '../common/call-state.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { parsePart } from './parse-parts.ts';

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** The conversation; one message of ours for each of the client's, in its place. */
export function parseMessages(body: JsonReader): readonly RawMessage[] {
  const messages = body.objects('messages') ?? body.refuse('messages', 'is required');
  return messages.map((message) => ({ ...parseMessage(message), ...breakpoint(message) }));
}

function parseMessage(message: JsonReader): RawMessage {
  switch (message.oneOf('role', roles)) {
    case 'system':
    case 'developer':
      message.only(['role', 'content', 'name']);
      return { role: 'system', content: textOf(message) };
    case 'user':
      message.only(['role', 'content', 'name']);
      return { role: 'user', ...contentOf(message) };
    case 'assistant':
      return parseAssistant(message);
    case 'tool': {
      message.only(['role', 'content', 'tool_call_id', 'name']);
      const { id } = unpackCallId(message.requiredText('tool_call_id'));
      return { role: 'tool', content: textOf(message), toolCallId: id };
    }
    case 'function':
      return message.refuse('role', 'is not supported: send `tool` messages, with `tool_call_id`');
    case undefined:
      return message.refuse('role', 'is required');
  }
}

/** Fields of an assistant's message that say nothing to the model that reads it. */
const kept = [
  'role',
  'content',
  'name',
  'refusal',
  'tool_calls',
  'reasoning_content',
  'annotations',
  'parsed',
];

function parseAssistant(message: JsonReader): RawMessage {
  if (message.raw('function_call') !== undefined)
    message.refuse('function_call', 'is not supported: send `tool_calls`');
  if (message.raw('audio') !== undefined) message.refuse('audio', 'is not supported: answers are text');
  message.only(kept);
  const toolCalls = message.objects('tool_calls')?.map(parseToolCall) ?? [];
  const content = optionalText(message) ?? message.text('refusal');
  return {
    role: 'assistant',
    ...(content !== undefined && { content }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function parseToolCall(call: JsonReader): RawToolCall {
  if (call.oneOf('type', ['function', 'custom']) === 'custom')
    call.refuse('type', 'is not supported: tools are functions');
  call.only(['id', 'type', 'function', 'index', 'extra_content']);
  const called = call.requiredObject('function');
  return {
    ...unpackCallId(call.requiredText('id')),
    name: called.requiredText('name'),
    arguments: called.requiredText('arguments'),
  };
}

/** Content that is text alone, also where it comes in parts. */
function textOf(message: JsonReader): string {
  return optionalText(message) ?? message.refuse('content', 'is required');
}

function optionalText(message: JsonReader): string | undefined {
  const content = message.raw('content');
  if (content === undefined || typeof content === 'string') return content;
  const parts = message.objects('content') ?? [];
  return parts
    .map((part) => {
      const type = part.oneOf('type', ['text', 'refusal']) ?? part.refuse('type', 'is required');
      return part.requiredText(type);
    })
    .join('');
}

function contentOf(message: JsonReader): Pick<RawMessage, 'content' | 'parts'> {
  const content = message.raw('content');
  if (typeof content === 'string') return { content };
  if (content === undefined) return message.refuse('content', 'is required');
  return { parts: message.objects('content')?.map(parsePart) ?? [] };
}

/** A mark of OpenAI's and others' on any part of a message: what stands up to here may be kept. */
function breakpoint(message: JsonReader): Pick<RawMessage, 'cacheBreakpoint'> {
  if (typeof message.raw('content') === 'string') return {};
  const isMarked = message
    .objects('content')
    ?.some((part) => part.raw('prompt_cache_breakpoint') !== undefined);
  return isMarked === true ? { cacheBreakpoint: true } : {};
}
