import type { KeyedCloudParts, ModelSource } from '../clouds.ai-sdk.ts';
import { withCarriedFields } from './carried-fields.ts';

type ChatParts = Pick<KeyedCloudParts, 'baseURL' | 'apiKey' | 'fetch'>;

/** Mistral through its own package: parts of thinking, documents, and the seed by its own name. */
export async function loadMistral({ fetch, ...parts }: ChatParts): Promise<ModelSource> {
  const { createMistral } = await import('@ai-sdk/mistral');
  return createMistral({ ...parts, fetch: withCarriedFields(fetch) });
}

/** Groq through its own package: thinking goes back, and schemas beside tools, which its API takes only one of. */
export async function loadGroq({ fetch, ...parts }: ChatParts): Promise<ModelSource> {
  const { createGroq } = await import('@ai-sdk/groq');
  return createGroq({ ...parts, fetch: withCarriedFields(fetch) });
}

/** DeepSeek through its own package: thinking on and off, and thoughts back where a model insists on them. */
export async function loadDeepSeek({ fetch, ...parts }: ChatParts): Promise<ModelSource> {
  const { createDeepSeek } = await import('@ai-sdk/deepseek');
  return createDeepSeek({ ...parts, fetch: withCarriedFields(fetch) });
}
