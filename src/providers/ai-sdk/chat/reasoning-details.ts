import type { LanguageModelV4Content, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { canStateComeBack } from '../../answer-bounds.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../system/json.ts';

// OpenRouter's `reasoning_details` (https://openrouter.ai/docs/use-cases/reasoning-tokens): what the models behind it
// want back of their thinking, in the order in which it came. The SDK of Chat Completions does not know of it. Here it
// is a thought without words of its own, with the list as the text of one option.

type Content = LanguageModelV4Content;
type Reasoning = Extract<Content, { type: 'reasoning' }>;
type AssistantMessage = Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>;
type AssistantPart = AssistantMessage['content'][number];

/** What the option is called; its owner is the SDK of Chat Completions. */
const OWNER = 'compatible';
const OPTION = 'reasoningDetails';

const texts = ['id', 'format', 'text', 'summary', 'data', 'signature'] as const;

/** The details that a body, or a chunk of a stream, holds; none for most. */
export function detailsOf(body: unknown): readonly JsonObject[] {
  const choices = isJsonObject(body) ? body['choices'] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonObject(choice)) return [];
  const said = choice['message'] ?? choice['delta'];
  return isJsonObject(said) ? soundDetails(said['reasoning_details']) : [];
}

/** The pieces of a stream as the details that they are pieces of: texts of one index follow each other. */
export function joinDetails(pieces: readonly JsonObject[]): readonly JsonObject[] {
  const details: JsonObject[] = [];
  for (const piece of pieces) {
    const last = details.at(-1);
    if (last !== undefined && continues(last, piece)) details.splice(-1, 1, joined(last, piece));
    else details.push(piece);
  }
  return details;
}

/** An encrypted detail is one piece, and two of them are two. */
function continues(last: JsonObject, piece: JsonObject): boolean {
  const isOne = (name: string): boolean =>
    last[name] == null || piece[name] == null || last[name] === piece[name];
  return last['type'] === piece['type'] && piece['data'] == null && isOne('index') && isOne('id');
}

function joined(last: JsonObject, piece: JsonObject): JsonObject {
  const told = Object.entries(piece).filter(([, value]) => value !== null);
  const grown = (['text', 'summary'] as const).flatMap((name) =>
    typeof last[name] === 'string' && typeof piece[name] === 'string'
      ? [[name, last[name] + piece[name]] as const]
      : [],
  );
  return { ...last, ...Object.fromEntries(told), ...Object.fromEntries(grown) };
}

/** An answer's content with its details before all else, where they go back; itself when there are none. */
export function withDetails(content: Content[], details: readonly JsonObject[]): Content[] {
  if (details.length === 0) return content;
  const thought: Reasoning = {
    ...{ type: 'reasoning', text: '' },
    providerMetadata: { [OWNER]: { [OPTION]: JSON.stringify(details) } },
  };
  return [thought, ...content];
}

/** A message's parts with what stands beside them, where its provider has put it: the details of thoughts. */
export function besideContent(
  content: AssistantMessage['content'],
): Pick<AssistantMessage, 'content' | 'providerOptions'> {
  const isDetails = ({ providerOptions }: AssistantPart): boolean => optionOf(providerOptions) !== undefined;
  const reasoning_details = content.flatMap(({ providerOptions }) => read(optionOf(providerOptions)));
  if (reasoning_details.length === 0) return { content };
  return {
    content: content.filter((part) => !isDetails(part)),
    providerOptions: { openaiCompatible: { reasoning_details } },
  };
}

function optionOf(options: AssistantPart['providerOptions']): string | undefined {
  const told = options?.[OWNER]?.[OPTION];
  return typeof told === 'string' ? told : undefined;
}

/** It went through the caller's hands. */
function read(told: string | undefined): JsonObject[] {
  if (told === undefined || !canStateComeBack(told)) return [];
  try {
    return soundDetails(JSON.parse(told));
  } catch {
    // What cannot be read is worth as much as none.
    return [];
  }
}

/** Details with the fields that they are known to have, and no others. */
function soundDetails(told: unknown): JsonObject[] {
  if (!Array.isArray(told)) return [];
  return (told as readonly unknown[]).flatMap((detail) => {
    if (!isJsonObject(detail)) return [];
    const { type, index } = detail;
    if (typeof type !== 'string' || !type.startsWith('reasoning.')) return [];
    const fields = texts.flatMap((name): [string, JsonValue][] => {
      const value = detail[name];
      return typeof value === 'string' || value === null ? [[name, value]] : [];
    });
    return [{ type, ...Object.fromEntries(fields), ...(typeof index === 'number' && { index }) }];
  });
}
