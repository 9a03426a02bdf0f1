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
  const provider = createOpenAI({ ...parts, fetch: withCarriedFields(withPlainFiles(fetch)) });
  return (modelSlug) => provider.responses(modelSlug);
}

/** A fetch that sends the bytes of documents as xAI takes them: as Base64 alone, their media type beside it. */
function withPlainFiles(fetch: Fetch): Fetch {
  return async (input, init) => {
    const text = init?.body;
    // Most requests have no documents, and are not even parsed.
    if (typeof text !== 'string' || !text.includes('"file_data"')) return await fetch(input, init);
    const { input: items, ...body } = JSON.parse(text) as JsonObject;
    const plain = Array.isArray(items) ? (items as readonly JsonValue[]).map(withPlainParts) : items;
    return await fetch(input, { ...init, body: JSON.stringify({ ...body, input: plain }) });
  };
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
