import type { ContentPart, Message, ToolCall } from '../../providers/message.ts';
import { canComeBack } from '../../providers/tool-arguments.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { text } from '../../system/input/rules.ts';
import { MAX_JSON_NESTING } from '../../system/input/nesting.ts';
import type { RawContentPart, RawImage, RawMessage, RawToolCall } from './raw-route-input.ts';

const MAX_MESSAGES = 10_000;

const mediaTypeRule = text(
  (value) => /^image\/[a-z0-9.+-]+$/i.test(value),
  "an image's media type, such as image/png",
);
const urlRule = text((value) => /^https?:\/\/[^\s/]\S*$/i.test(value), 'an http or https URL');
const base64Rule = text((value) => /^[a-z0-9+/]+={0,2}$/i.test(value), 'base64');
/** Refuses every one, with the way to send it. */
const dataUrlRule = text(
  () => false,
  'an http or https URL; of a data: URL send what follows the comma as `base64`, with its `mediaType`',
);
// What a model wrote was handed out, and comes back: its ids and names are its own, and what it broke it may hear of.
const calledRule = text((value) => value !== '', 'at least 1 character');
const argumentsRule = text(canComeBack, `text; JSON at most ${MAX_JSON_NESTING} levels deep`);

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
    const message = parseMessage(input, toolNames);
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
      const parts = raw.parts?.map((part, index) => parsePart(input.within(part, 'parts', index)));
      return { role: 'user', parts: parts ?? [{ type: 'text', text }] };
    }
    case 'assistant': {
      const calls = raw.toolCalls ?? [];
      const toolCalls = calls.map((call, index) => parseToolCall(input.within(call, 'toolCalls', index)));
      return { role: 'assistant', text, toolCalls, ...providerState(raw) };
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
  return parts.every(({ text, image }) => image == null && text?.trim() === '');
}

function parsePart(input: InputReader<RawContentPart>): ContentPart {
  const { text, image } = input.raw;
  if ((text == null) === (image == null)) input.refuse('must be either `text` or `image`');
  if (image == null) return { type: 'text', text: text ?? '' };
  return parseImage(input.within(image, 'image'));
}

function parseImage(input: InputReader<RawImage>): ContentPart {
  const { url, base64 } = input.raw;
  if ((url == null) === (base64 == null)) input.refuse('must have either `url` or `base64`');
  const mediaType = input.nullable('mediaType', mediaTypeRule);
  if (base64 == null) {
    const rule = /^data:/i.test(url ?? '') ? dataUrlRule : urlRule;
    const checkedUrl = input.nullable('url', rule) ?? '';
    return { type: 'image', url: checkedUrl, ...(mediaType === null ? {} : { mediaType }) };
  }
  input.required('base64', base64Rule);
  if (input.raw.mediaType == null) input.refuse('must stand beside `base64`', 'mediaType');
  return { type: 'image', base64, mediaType: mediaType ?? '' };
}

function parseToolCall(input: InputReader<RawToolCall>): ToolCall {
  return {
    id: input.required('id', calledRule),
    name: input.required('name', calledRule),
    arguments: input.required('arguments', argumentsRule),
    ...providerState(input.raw),
  };
}

function providerState({ providerState: state }: RawMessage | RawToolCall): { providerState?: string } {
  return state == null ? {} : { providerState: state };
}
