import type { Message, ToolCall } from '../../providers/message.ts';
import { callBounds, canStateComeBack } from '../../providers/answer-bounds.ts';
import { canComeBack } from '../../providers/tool-arguments.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { text } from '../../system/input/rules.ts';
import { MAX_JSON_NESTING } from '../../system/input/nesting.ts';
import { parsePart } from './parse-parts.ts';
import type { RawMessage, RawToolCall } from './raw-route-input.ts';

const MAX_MESSAGES = 10_000;
const MAX_PARTS = 1000;

// What a model wrote was handed out, and comes back: its ids and names are its own, and what it broke it may hear of.
const callIdRule = calledRule(callBounds.idLength);
const callNameRule = calledRule(callBounds.nameLength);
const argumentsRule = text(
  (value) => value.length <= callBounds.argumentsLength && canComeBack(value),
  `text of at most ${callBounds.argumentsLength} characters; JSON at most ${MAX_JSON_NESTING} levels deep`,
);

const stateRule = text(
  canStateComeBack,
  `what the answer’s \`providerState\` said, at most ${callBounds.stateLength} characters`,
);

function calledRule(maxLength: number) {
  return text((value) => value !== '' && value.length <= maxLength, `text of 1 to ${maxLength} characters`);
}

/** The conversation of a request. */
export function parseMessages(list: InputReader<readonly RawMessage[]>): Message[] {
  if (list.raw.length === 0 || list.raw.length > MAX_MESSAGES) {
    list.refuse(`must have 1 to ${MAX_MESSAGES} entries`);
    return [];
  }
  // What the assistant has asked for so far: a tool's message answers one of these.
  const toolNames = new Map<string, string>();
  return list.raw.map((raw, index) => {
    const input = list.within(raw, index);
    checkFields(input);
    const message: Message = { ...parseMessage(input, toolNames), ...cacheBreakpoint(raw) };
    if (message.role === 'assistant') for (const { id, name } of message.toolCalls) toolNames.set(id, name);
    return message;
  });
}

function parseMessage(input: InputReader<RawMessage>, toolNames: ReadonlyMap<string, string>): Message {
  const { raw } = input;
  const text = raw.content ?? '';
  switch (raw.role) {
    case 'system':
      return { role: 'system', text };
    case 'user': {
      const parts = entries(input, 'parts', MAX_PARTS)?.map((part, index) =>
        parsePart(input.within(part, 'parts', index)),
      );
      return { role: 'user', parts: parts ?? [{ type: 'text', text }] };
    }
    case 'assistant': {
      const calls = entries(input, 'toolCalls', callBounds.calls) ?? [];
      const toolCalls = calls.map((call, index) => parseToolCall(input.within(call, 'toolCalls', index)));
      return { role: 'assistant', text, toolCalls, ...providerState(input) };
    }
    case 'tool': {
      const toolCallId = raw.toolCallId ?? '';
      const toolName = toolNames.get(toolCallId);
      if (toolName === undefined) {
        input.refuse("must be the id of a tool call in an earlier assistant's message", 'toolCallId');
      }
      return { role: 'tool', toolCallId, toolName: toolName ?? '', text };
    }
  }
}

function cacheBreakpoint({ cacheBreakpoint: isBreakpoint }: RawMessage): Pick<Message, 'cacheBreakpoint'> {
  return isBreakpoint === true ? { cacheBreakpoint: true } : {};
}

/** A list of a message, or none of it where it has too many entries to be looked at. */
function entries<Name extends 'parts' | 'toolCalls'>(
  input: InputReader<RawMessage>,
  name: Name,
  most: number,
): RawMessage[Name] {
  const list = input.raw[name];
  if (list == null || list.length <= most) return list;
  input.refuse(`must have at most ${most} entries`, name);
  return [] as readonly never[];
}

/** The role whose messages alone have a field. */
const owners = {
  parts: 'user',
  toolCalls: 'assistant',
  providerState: 'assistant',
  toolCallId: 'tool',
} as const;

/** Refuses fields that another role's message has, and content that is missing or stands twice. */
function checkFields(input: InputReader<RawMessage>): void {
  const { raw } = input;
  for (const field of ['parts', 'toolCalls', 'providerState', 'toolCallId'] as const) {
    if (raw[field] != null && raw.role !== owners[field]) {
      input.refuse(`belongs to the role ${owners[field].toUpperCase()} alone`, field);
    }
  }
  if (raw.content != null && raw.parts != null) input.refuse('cannot stand beside `content`', 'parts');
  else if (raw.content == null && raw.parts == null && !raw.toolCalls?.length) {
    input.refuse('is missing', 'content');
  } else if (raw.parts?.length === 0) input.refuse('must not be empty', 'parts');
  else if (isBlank(raw)) input.refuse('must not be empty', raw.parts == null ? 'content' : 'parts');
}

/** Nothing to answer; a tool may have nothing to say, and an assistant may have called tools without a word. */
function isBlank({ role, content, parts, toolCalls }: RawMessage): boolean {
  if (role === 'tool' || toolCalls?.length) return false;
  if (parts == null) return content?.trim() === '';
  return parts.every(({ text, image, file }) => image == null && file == null && text?.trim() === '');
}

function parseToolCall(input: InputReader<RawToolCall>): ToolCall {
  return {
    id: input.required('id', callIdRule),
    name: input.required('name', callNameRule),
    arguments: input.required('arguments', argumentsRule),
    ...providerState(input),
  };
}

function providerState(input: InputReader<{ readonly providerState?: string | null | undefined }>): {
  providerState?: string;
} {
  const state = input.nullable('providerState', stateRule);
  return state === null ? {} : { providerState: state };
}
