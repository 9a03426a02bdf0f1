import {
  InvalidPromptError,
  type LanguageModelV4FilePart,
  type LanguageModelV4Prompt,
} from '@ai-sdk/provider';
import type { ContentPart, Message, ToolCall } from '../message.ts';
import { wordArguments } from '../tool-arguments.ts';
import { createCallWording, wordToolName, type CallWording } from './call-wording.ts';
import type { Dialect } from './dialect.ts';
import { decodeCallState } from './provider-state.ts';

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
        const content = toAssistantParts(message, calls, wording.providerSlug);
        if (content.length > 0) prompt.push({ role: 'assistant', content });
        break;
      }
      case 'tool':
        if (last?.role === 'tool') last.content.push(toToolPart(message, calls));
        else prompt.push({ role: 'tool', content: [toToolPart(message, calls)] });
        break;
    }
  }
  return [...prompt, ...delayed];
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
  if ('base64' in part)
    return { type: 'file', mediaType: part.mediaType, data: { type: 'data', data: part.base64 } };
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(part.url);
  if (inline !== null) {
    const [, mediaType = 'image', data = ''] = inline;
    return { type: 'file', mediaType, data: { type: 'data', data } };
  }
  if (!URL.canParse(part.url))
    throw new InvalidPromptError({ prompt: null, message: 'An image URL is not a URL.' });
  return {
    type: 'file',
    mediaType: part.mediaType ?? (needsMediaType ? mediaTypeOf(part.url) : 'image/*'),
    data: { type: 'url', url: new URL(part.url) },
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
  providerSlug: string,
): AssistantPart[] {
  const text: AssistantPart[] = message.text.trim() === '' ? [] : [{ type: 'text', text: message.text }];
  const parts = message.toolCalls.map((call) => toToolCallParts(call, calls, providerSlug));
  // Thinking stands before everything that it led to.
  return [...parts.flatMap((call) => call.thoughts), ...text, ...parts.map((call) => call.part)];
}

function toToolCallParts(
  call: ToolCall,
  calls: CallWording,
  providerSlug: string,
): { thoughts: AssistantPart[]; part: AssistantPart } {
  const { options, thoughts = [] } = decodeCallState(providerSlug, call.providerState);
  return {
    thoughts: thoughts.map((thought) => ({
      type: 'reasoning',
      text: thought.text,
      ...providerOptions(thought.options),
    })),
    part: {
      type: 'tool-call',
      toolCallId: calls.made(call.id),
      toolName: wordToolName(call.name),
      input: wordArguments(call.arguments),
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
