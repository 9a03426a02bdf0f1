import {
  InvalidPromptError,
  type LanguageModelV4FilePart,
  type LanguageModelV4Prompt,
} from '@ai-sdk/provider';
import type { ContentPart, Message, ToolCall } from '../message.ts';
import { wordArguments } from '../tool-arguments.ts';
import { besideContent } from './chat/reasoning-details.ts';
import { createCallWording, wordToolName, type CallWording } from './call-wording.ts';
import type { Dialect } from './dialect.ts';
import { decodeMessageState } from './message-state.ts';
import { decodeCallState, type StateOwner, type ThoughtState } from './provider-state.ts';

type PromptMessage = LanguageModelV4Prompt[number];
type AssistantPart = Extract<PromptMessage, { role: 'assistant' }>['content'][number];
type ToolPart = Extract<PromptMessage, { role: 'tool' }>['content'][number];

/** What messages are put into words for. */
export interface Wording {
  readonly providerSlug: string;
  readonly dialect: Dialect;
}

/**
 * Messages in the SDK's form. Neighbouring tool results become one message, as Google demands. An assistant's message
 * that says and calls nothing is left out, since some refuse it. Where system messages are taken before the first
 * turn alone, a later one is said by the user, marked as what it is, and not before results that are still due.
 */
export function toPrompt(messages: readonly Message[], wording: Wording): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const calls = createCallWording(messages, wording.dialect);
  const delayed: PromptMessage[] = [];
  const marked = markedMessages(messages, wording.dialect);
  for (const message of messages) {
    const last = prompt.at(-1);
    if (message.role !== 'tool' && message.role !== 'system') prompt.push(...delayed.splice(0));
    switch (message.role) {
      case 'system':
        if (wording.dialect.takesLateSystem || prompt.every(({ role }) => role === 'system')) {
          prompt.push({ role: 'system', content: message.text });
        } else delayed.push({ role: 'user', content: [{ type: 'text', text: markSystem(message.text) }] });
        break;
      case 'user':
        prompt.push({
          role: 'user',
          content: message.parts.map((part) => toUserPart(part, wording.dialect)),
        });
        break;
      case 'assistant': {
        const content = toAssistantParts(message, calls, wording);
        if (content.length > 0) prompt.push({ role: 'assistant', ...besideContent(content) });
        break;
      }
      case 'tool':
        if (last?.role === 'tool') last.content.push(toToolPart(message, calls));
        else prompt.push({ role: 'tool', content: [toToolPart(message, calls)] });
        break;
    }
    if (marked.has(message)) {
      mark((message.role === 'system' ? delayed.at(-1) : undefined) ?? prompt.at(-1), wording.dialect);
    }
  }
  return [...prompt, ...delayed];
}

/** The messages that are marked for the provider's cache: the last ones, where not so many may be. */
function markedMessages(messages: readonly Message[], { cacheBreakpoints }: Dialect): ReadonlySet<Message> {
  if (cacheBreakpoints === null) return new Set();
  return new Set(messages.filter(hasBreakpoint).slice(-cacheBreakpoints.most));
}

function hasBreakpoint({ cacheBreakpoint }: Message): boolean {
  return cacheBreakpoint === true;
}

/** Marks the end of a message; of results that share one, that of the last. */
function mark(message: PromptMessage | undefined, { cacheBreakpoints }: Dialect): void {
  const end = message?.role === 'tool' ? message.content.at(-1) : message;
  if (end === undefined || cacheBreakpoints === null) return;
  end.providerOptions = { ...end.providerOptions, ...(cacheBreakpoints.options as ProviderOptions) };
}

type ProviderOptions = NonNullable<PromptMessage['providerOptions']>;

/** What became of marks for the cache: other providers keep what they like by themselves. */
export function noticesOfBreakpoints(messages: readonly Message[], { cacheBreakpoints }: Dialect): string[] {
  const count = messages.filter(hasBreakpoint).length;
  return cacheBreakpoints === null || count <= cacheBreakpoints.most
    ? []
    : [
        `Of ${count} cache breakpoints the last ${cacheBreakpoints.most} were set, the most that the provider takes.`,
      ];
}

/** Whether some system message cannot be put as one in this dialect. */
export function hasLateSystem(messages: readonly Message[], { takesLateSystem }: Dialect): boolean {
  const firstTurn = messages.findIndex(({ role }) => role !== 'system');
  return (
    !takesLateSystem && firstTurn !== -1 && messages.slice(firstTurn).some(({ role }) => role === 'system')
  );
}

function markSystem(text: string): string {
  return `<system>\n${text}\n</system>`;
}

function toUserPart(
  part: ContentPart,
  { needsMediaType }: Dialect,
): { type: 'text'; text: string } | LanguageModelV4FilePart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const filename = part.type === 'file' && part.filename !== undefined ? { filename: part.filename } : {};
  if ('base64' in part)
    return {
      type: 'file',
      mediaType: part.mediaType,
      data: { type: 'data', data: part.base64 },
      ...filename,
    };
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(part.url);
  if (inline !== null) {
    const [, mediaType = 'image', data = ''] = inline;
    return { type: 'file', mediaType, data: { type: 'data', data } };
  }
  if (!URL.canParse(part.url))
    throw new InvalidPromptError({ prompt: null, message: 'The URL of an image or a file is none.' });
  return {
    type: 'file',
    mediaType: part.mediaType ?? (needsMediaType ? mediaTypeOf(part.url) : 'image/*'),
    data: { type: 'url', url: new URL(part.url) },
    ...filename,
  };
}

/** The types of images that models see, by the ending of their names. */
const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
};

/** What an image at a URL is likely to be; most are JPEGs, and the model looks at what is really there. */
function mediaTypeOf(url: string): string {
  const ending = /\.([a-z]+)$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? '';
  return imageTypes[ending] ?? 'image/jpeg';
}

function toAssistantParts(
  message: Extract<Message, { role: 'assistant' }>,
  calls: CallWording,
  wording: Wording,
): AssistantPart[] {
  const text: AssistantPart[] = message.text.trim() === '' ? [] : [{ type: 'text', text: message.text }];
  const parts = message.toolCalls.map((call) => toToolCallParts(call, calls, wording));
  const placed = placeBlocks(message, parts, wording);
  if (placed !== undefined) return placed;
  // Thinking stands before everything that it led to. What came without its place among the blocks stands first of all.
  const { thoughts = [] } = decodeCallState(ownerOf(wording), message.providerState);
  return [
    ...thoughts.map(toReasoning),
    ...parts.flatMap((call) => call.thoughts),
    ...text,
    ...parts.map((call) => call.part),
  ];
}

function ownerOf({ providerSlug, dialect: { optionsOwner } }: Wording): StateOwner {
  return { providerSlug, optionsOwner };
}

function toReasoning({ text, options }: ThoughtState): AssistantPart {
  return { type: 'reasoning', text, ...providerOptions(options) };
}

interface CallParts {
  readonly thoughts: AssistantPart[];
  readonly part: AssistantPart;
}

/** The message in the order in which its provider wrote it; undefined: it does not want it back, or it was changed. */
function placeBlocks(
  { text, providerState }: Extract<Message, { role: 'assistant' }>,
  calls: readonly CallParts[],
  wording: Wording,
): AssistantPart[] | undefined {
  const thoughts = calls.flatMap((call) => call.thoughts);
  const content = { text, calls: calls.length, thoughts: thoughts.length };
  const blocks = decodeMessageState(ownerOf(wording), providerState, content);
  const waiting = [...calls];
  return blocks?.flatMap((block): AssistantPart[] => {
    switch (block.kind) {
      case 'call':
        return waiting.splice(0, 1).map(({ part }) => part);
      case 'thought_of_call':
        return thoughts.splice(0, 1);
      case 'thought':
        return [toReasoning(block)];
      case 'text':
        // A signature may stand on nothing; without one nothing is said.
        return block.text.trim() === '' && block.options === undefined
          ? []
          : [{ type: 'text', text: block.text, ...providerOptions(block.options) }];
    }
  });
}

function toToolCallParts(call: ToolCall, calls: CallWording, wording: Wording): CallParts {
  const { takesParsedArguments } = wording.dialect;
  const { options, thoughts = [] } = decodeCallState(ownerOf(wording), call.providerState);
  const input = wordArguments(call.arguments);
  return {
    thoughts: thoughts.map(toReasoning),
    part: {
      type: 'tool-call',
      toolCallId: calls.made(call.id),
      toolName: wordToolName(call.name),
      input: takesParsedArguments && typeof input === 'string' ? (JSON.parse(input) as unknown) : input,
      ...providerOptions(options),
    },
  };
}

function providerOptions(options: unknown): Pick<LanguageModelV4FilePart, 'providerOptions'> {
  return options === undefined
    ? {}
    : { providerOptions: options as NonNullable<LanguageModelV4FilePart['providerOptions']> };
}

function toToolPart(message: Extract<Message, { role: 'tool' }>, calls: CallWording): ToolPart {
  return {
    type: 'tool-result',
    toolCallId: calls.answered(message.toolCallId),
    toolName: wordToolName(message.toolName),
    output: { type: 'text', value: message.text },
  };
}
