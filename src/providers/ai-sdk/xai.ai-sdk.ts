import { isJsonObject, type JsonObject, type JsonValue } from '../../system/json.ts';
import { withCarriedFields } from './chat/carried-fields.ts';
import type { Fetch, KeyedCloudParts, ModelSource } from './clouds.ai-sdk.ts';

/**
 * xAI's Responses through the SDK of OpenAI's, which carries more of a request than the package that xAI has: parallel
 * calls, the end user, documents as bytes, and schemas that are not strict.
 */
export async function loadXai({
  fetch,
  ...parts
}: Pick<KeyedCloudParts, 'baseURL' | 'apiKey' | 'fetch'>): Promise<ModelSource> {
  const { createOpenAI } = await import('@ai-sdk/openai');
  const provider = createOpenAI({ ...parts, fetch: withCarriedFields(withOwnItems(fetch)) });
  return (modelSlug) => provider.responses(modelSlug);
}

/**
 * A fetch that sends items as xAI takes them: the bytes of documents as Base64 alone, their media type beside it, and a
 * thought of several parts, of which the SDK makes several thoughts, as the one that was sealed.
 */
function withOwnItems(fetch: Fetch): Fetch {
  return async (input, init) => {
    const text = init?.body;
    // Most requests have neither, and are not even parsed.
    if (typeof text !== 'string' || !/"(file_data|encrypted_content)"/.test(text))
      return await fetch(input, init);
    const { input: items, ...body } = JSON.parse(text) as JsonObject;
    const own = Array.isArray(items) ? oncePerSeal(items as readonly JsonValue[]).map(withPlainParts) : items;
    return await fetch(input, { ...init, body: JSON.stringify({ ...body, input: own }) });
  };
}

function oncePerSeal(items: readonly JsonValue[]): readonly JsonValue[] {
  const kept: JsonValue[] = [];
  for (const item of items) {
    const last = kept.at(-1);
    const joined = last === undefined ? undefined : joinedThought(last, item);
    if (joined === undefined) kept.push(item);
    else kept[kept.length - 1] = joined;
  }
  return kept;
}

/** Two thoughts under one seal as the one that they are; undefined: they are none. */
function joinedThought(one: JsonValue, other: JsonValue): JsonValue | undefined {
  if (!isJsonObject(one) || !isJsonObject(other)) return undefined;
  const { encrypted_content: seal, summary } = one;
  if (typeof seal !== 'string' || other['encrypted_content'] !== seal) return undefined;
  if (!Array.isArray(summary) || !Array.isArray(other['summary'])) return undefined;
  const parts = [...(summary as readonly JsonValue[]), ...(other['summary'] as readonly JsonValue[])];
  return { ...one, summary: parts };
}

function withPlainParts(item: JsonValue): JsonValue {
  if (!isJsonObject(item) || !Array.isArray(item['content'])) return item;
  return { ...item, content: (item['content'] as readonly JsonValue[]).map(plainPart) };
}

function plainPart(part: JsonValue): JsonValue {
  const data = isJsonObject(part) && part['type'] === 'input_file' ? part['file_data'] : undefined;
  if (typeof data !== 'string' || !isJsonObject(part)) return part;
  const [, mediaType, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(data) ?? [];
  if (mediaType === undefined || base64 === undefined) return part;
  return { ...part, file_data: base64, mime_type: mediaType };
}
