import type { ContentPart, Message, ToolCall } from '../../providers/message.ts';
import type { InputIssue } from '../../system/expected-error.ts';
import { maxJsonNesting, nestsAtMost } from '../../system/nesting.ts';
import { toolNameIssue } from './parse-tools.ts';
import type { RawContentPart, RawImage, RawMessage, RawToolCall } from './raw-route-input.ts';

const maxMessages = 10_000;

const maxToolCallIdLength = 200;

type Path = readonly string[];

/** The conversation of a request; what is wrong with it is added to `issues`. */
export function parseMessages(raw: readonly RawMessage[], issues: InputIssue[]): Message[] {
  if (raw.length === 0 || raw.length > maxMessages) {
    issues.push({ path: ['messages'], message: `must have 1 to ${maxMessages} entries` });
    return [];
  }
  // What the assistant has asked for so far: a tool's message answers one of these.
  const toolNames = new Map<string, string>();
  return raw.map((message, index) => {
    const path = ['messages', String(index)];
    issues.push(...misplacedIssues(message, path), ...contentIssues(message, path));
    const parsed = parseMessage(message, path, toolNames, issues);
    if (parsed.role === 'assistant') for (const { id, name } of parsed.toolCalls) toolNames.set(id, name);
    return parsed;
  });
}

function parseMessage(
  raw: RawMessage,
  path: Path,
  toolNames: ReadonlyMap<string, string>,
  issues: InputIssue[],
): Message {
  const text = raw.content ?? '';
  switch (raw.role) {
    case 'system':
      return { role: 'system', text };
    case 'user':
      return {
        role: 'user',
        parts: raw.parts?.map((part, index) =>
          parsePart(part, [...path, 'parts', String(index)], issues),
        ) ?? [{ type: 'text', text }],
      };
    case 'assistant': {
      const toolCalls = (raw.toolCalls ?? []).map((call, index) =>
        parseToolCall(call, [...path, 'toolCalls', String(index)], issues),
      );
      return { role: 'assistant', text, toolCalls, ...providerState(raw) };
    }
    case 'tool': {
      const toolCallId = raw.toolCallId ?? '';
      const toolName = toolNames.get(toolCallId);
      if (toolName === undefined) {
        const message = "must be the id of a tool call in an earlier assistant's message";
        issues.push({ path: [...path, 'toolCallId'], message });
      }
      return { role: 'tool', toolCallId, toolName: toolName ?? '', text };
    }
  }
}

/** Fields that another role's message has. */
function misplacedIssues(raw: RawMessage, path: Path): InputIssue[] {
  const owners = {
    parts: 'user',
    toolCalls: 'assistant',
    providerState: 'assistant',
    toolCallId: 'tool',
  } as const;
  const fields = ['parts', 'toolCalls', 'providerState', 'toolCallId'] as const;
  return fields
    .filter((field) => raw[field] != null && raw.role !== owners[field])
    .map((field) => ({
      path: [...path, field],
      message: `belongs to the role ${owners[field].toUpperCase()} alone`,
    }));
}

function contentIssues(raw: RawMessage, path: Path): InputIssue[] {
  const hasToolCalls = raw.toolCalls != null && raw.toolCalls.length > 0;
  if (raw.content != null && raw.parts != null) {
    return [{ path: [...path, 'parts'], message: 'cannot stand beside `content`' }];
  }
  if (raw.content == null && raw.parts == null && !hasToolCalls) {
    return [{ path: [...path, 'content'], message: 'is missing' }];
  }
  if (raw.parts?.length === 0) return [{ path: [...path, 'parts'], message: 'must not be empty' }];
  return [];
}

function parsePart({ text, image }: RawContentPart, path: Path, issues: InputIssue[]): ContentPart {
  if ((text == null) === (image == null)) issues.push({ path, message: 'must be either `text` or `image`' });
  if (image == null) return { type: 'text', text: text ?? '' };
  return parseImage(image, [...path, 'image'], issues);
}

function parseImage({ url, base64, mediaType }: RawImage, path: Path, issues: InputIssue[]): ContentPart {
  if ((url == null) === (base64 == null))
    issues.push({ path, message: 'must have either `url` or `base64`' });
  if (mediaType != null && !/^image\/[a-z0-9.+-]+$/i.test(mediaType)) {
    issues.push({
      path: [...path, 'mediaType'],
      message: "must be an image's media type, such as image/png",
    });
  }
  if (base64 == null) {
    if (url != null && !/^https?:\/\/[^\s/]\S*$/i.test(url)) {
      issues.push({ path: [...path, 'url'], message: 'must be an http or https URL' });
    }
    return { type: 'image', url: url ?? '', ...(mediaType == null ? {} : { mediaType }) };
  }
  if (!/^[a-z0-9+/]+={0,2}$/i.test(base64)) {
    issues.push({ path: [...path, 'base64'], message: 'must be base64' });
  }
  if (mediaType == null) issues.push({ path: [...path, 'mediaType'], message: 'must stand beside `base64`' });
  return { type: 'image', base64, mediaType: mediaType ?? '' };
}

function parseToolCall(raw: RawToolCall, path: Path, issues: InputIssue[]): ToolCall {
  if (raw.id.length === 0 || raw.id.length > maxToolCallIdLength) {
    issues.push({ path: [...path, 'id'], message: `must be 1 to ${maxToolCallIdLength} characters` });
  }
  const nameIssue = toolNameIssue(raw.name, [...path, 'name']);
  if (nameIssue !== null) issues.push(nameIssue);
  if (!isJson(raw.arguments)) {
    issues.push({
      path: [...path, 'arguments'],
      message: `must be JSON, at most ${maxJsonNesting} levels deep`,
    });
  }
  return { id: raw.id, name: raw.name, arguments: raw.arguments, ...providerState(raw) };
}

function providerState({ providerState: state }: RawMessage | RawToolCall): { providerState?: string } {
  return state == null ? {} : { providerState: state };
}

function isJson(text: string): boolean {
  try {
    return nestsAtMost(JSON.parse(text), maxJsonNesting);
  } catch {
    return false;
  }
}
