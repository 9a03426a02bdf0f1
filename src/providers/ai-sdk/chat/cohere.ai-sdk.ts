import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../system/json.ts';
import type { Fetch, KeyedCloudParts, ModelSource } from '../clouds.ai-sdk.ts';
import { withCarriedFields } from './carried-fields.ts';

type AssistantPart = Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>['content'][number];

/** Both of Cohere's APIs are at one address: its own, and the one that copies OpenAI's. */
const knownPath = /\/(v2|compatibility\/v1)\/*$/;

/** Where Cohere's own API is, by the base URL of either. */
export function cohereAddress(baseUrl: string): string {
  return baseUrl.replace(knownPath, '/v2');
}

/** Where Cohere copies OpenAI's API, by the base URL of either. */
export function cohereCompatibleAddress(baseUrl: string): string {
  return baseUrl.replace(knownPath, '/compatibility/v1');
}

/** Cohere through its own package: thinking, `k`, and what its cache held. */
export async function loadCohere({
  baseURL,
  fetch,
  apiKey,
}: Pick<KeyedCloudParts, 'baseURL' | 'apiKey' | 'fetch'>): Promise<ModelSource> {
  const { createCohere } = await import('@ai-sdk/cohere');
  return createCohere({
    apiKey,
    baseURL: cohereAddress(baseURL),
    fetch: withCarriedFields(withContents(fetch)),
  });
}

/** The field of a body under which contents of assistants' messages travel to `withContents`. Never leaves us. */
const CONTENTS = 'switchyard_contents';

/**
 * What the SDK leaves out of assistants' messages, by their place among those: thinking, and the text of one that calls
 * tools.
 */
export function contentsOf(prompt: LanguageModelV4Prompt): JsonObject {
  const said = prompt.filter((message) => message.role === 'assistant');
  const contents = said.map(({ content }) => (isWhole(content) ? null : content.flatMap(toContent)));
  return contents.every((content) => content === null) ? {} : { [CONTENTS]: contents };
}

/** Whether the SDK leaves nothing out. */
function isWhole(parts: readonly AssistantPart[]): boolean {
  const has = (type: AssistantPart['type']): boolean => parts.some((part) => part.type === type);
  return !has('reasoning') && !(has('text') && has('tool-call'));
}

function toContent(part: AssistantPart): JsonObject[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  return part.type === 'reasoning' && part.text !== '' ? [{ type: 'thinking', thinking: part.text }] : [];
}

/** A fetch that puts contents into the messages that they belong to. */
function withContents(fetch: Fetch): Fetch {
  return async (input, init) => {
    const text = init?.body;
    if (typeof text !== 'string' || !text.includes(`"${CONTENTS}"`)) return await fetch(input, init);
    const { [CONTENTS]: contents, messages, ...body } = JSON.parse(text) as JsonObject;
    if (!Array.isArray(contents) || !Array.isArray(messages)) return await fetch(input, init);
    const waiting = [...(contents as readonly JsonValue[])];
    const filled = (messages as readonly JsonValue[]).map((message) => {
      if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
      const content = waiting.shift() ?? null;
      return content === null || (Array.isArray(content) && content.length === 0)
        ? message
        : { ...message, content };
    });
    return await fetch(input, { ...init, body: JSON.stringify({ ...body, messages: filled }) });
  };
}
