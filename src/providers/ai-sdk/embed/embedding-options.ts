import type { JsonObject } from '../../../system/json.ts';
import type { SdkConnection } from '../../provider.ts';

type SdkAdapter = SdkConnection['adapter'];

/** Whether a provider takes texts as the numbers of their tokens: those that speak OpenAI's API do. */
export function takesTokens(adapter: SdkAdapter): boolean {
  return adapter !== 'google' && adapter !== 'amazon-bedrock';
}

/** What of a request goes to an SDK as an option of its provider's. */
export interface EmbeddingWishes {
  readonly dimensions: number | null;
  readonly endUserId: string | undefined;
}

/** The options of one request, by their owner. Bedrock takes the number of dimensions nowhere else, and by another name from each family. */
export function embeddingOptions(
  adapter: SdkAdapter,
  modelSlug: string,
  { dimensions, endUserId }: EmbeddingWishes,
): Record<string, JsonObject> {
  if (adapter === 'amazon-bedrock') return { amazonBedrock: bedrockOptions(modelSlug, dimensions) };
  if (endUserId === undefined || adapter === 'google') return {};
  // Azure's models are OpenAI's.
  const owner = adapter === 'openai' || adapter === 'azure' ? 'openai' : 'openaiCompatible';
  return { [owner]: { user: endUserId } };
}

/** Text that is too long is refused, as elsewhere, and not cut unseen. */
function bedrockOptions(modelSlug: string, dimensions: number | null): JsonObject {
  const isNova = modelSlug.includes('amazon.nova-');
  const isCohere = modelSlug.includes('cohere.embed-');
  const name = isNova ? 'embeddingDimension' : isCohere ? 'outputDimension' : 'dimensions';
  return {
    ...(dimensions !== null && { [name]: dimensions }),
    ...((isNova || isCohere) && { truncate: 'NONE' }),
    ...(isCohere && { inputType: 'search_document' }),
  };
}
