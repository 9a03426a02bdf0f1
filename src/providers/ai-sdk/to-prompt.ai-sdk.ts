import {
  InvalidPromptError,
  type LanguageModelV4FilePart,
  type LanguageModelV4Prompt,
} from '@ai-sdk/provider';
import type { ContentPart, Message, ToolCall } from '../message.ts';
import { decodeCallState } from './provider-state.ts';

type PromptMessage = LanguageModelV4Prompt[number];
type AssistantPart = Extract<PromptMessage, { role: 'assistant' }>['content'][number];
type ToolPart = Extract<PromptMessage, { role: 'tool' }>['content'][number];

/** Messages in the SDK's form. Neighbouring tool results become one message, as Google demands. */
export function toPrompt(messages: readonly Message[], providerSlug: string): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  for (const message of messages) {
    const last = prompt.at(-1);
    switch (message.role) {
      case 'system':
        prompt.push({ role: 'system', content: message.text });
        break;
      case 'user':
        prompt.push({ role: 'user', content: message.parts.map(toUserPart) });
        break;
      case 'assistant':
        prompt.push({ role: 'assistant', content: toAssistantParts(message, providerSlug) });
        break;
      case 'tool':
        if (last?.role === 'tool') last.content.push(toToolPart(message));
        else prompt.push({ role: 'tool', content: [toToolPart(message)] });
        break;
    }
  }
  return prompt;
}

function toUserPart(part: ContentPart): { type: 'text'; text: string } | LanguageModelV4FilePart {
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
    mediaType: part.mediaType ?? 'image/*',
    data: { type: 'url', url: new URL(part.url) },
  };
}

function toAssistantParts(
  message: Extract<Message, { role: 'assistant' }>,
  providerSlug: string,
): AssistantPart[] {
  const text: AssistantPart[] = message.text === '' ? [] : [{ type: 'text', text: message.text }];
  const calls = message.toolCalls.map((call) => toToolCallParts(call, providerSlug));
  // Thinking stands before everything that it led to.
  return [...calls.flatMap((call) => call.thoughts), ...text, ...calls.map((call) => call.part)];
}

function toToolCallParts(
  call: ToolCall,
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
      toolCallId: call.id,
      toolName: call.name,
      input: toToolInput(call.arguments),
      ...providerOptions(options),
    },
  };
}

function providerOptions(options: unknown): Pick<LanguageModelV4FilePart, 'providerOptions'> {
  return options === undefined
    ? {}
    : { providerOptions: options as NonNullable<LanguageModelV4FilePart['providerOptions']> };
}

/** Arguments as the object that most dialects want; a model that wrote broken JSON gets its own words back. */
function toToolInput(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toToolPart(message: Extract<Message, { role: 'tool' }>): ToolPart {
  return {
    type: 'tool-result',
    toolCallId: message.toolCallId,
    toolName: message.toolName,
    output: { type: 'text', value: message.text },
  };
}
