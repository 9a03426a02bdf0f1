import type { LanguageModelV4 } from '@ai-sdk/provider';
import { defaultBaseUrls } from './base-url.ts';
import { dialects } from './dialect.ts';
import type { Adapter, ProviderConnection } from './provider.ts';

/** A connection that the SDK serves. */
export type SdkConnection = ProviderConnection & { readonly adapter: Exclude<Adapter, 'simulated'> };

/** Gives a provider's model by its slug. */
export type ModelSource = (modelSlug: string) => LanguageModelV4;

/**
 * Loads the SDK of a connection's dialect, and only that. OpenAI is spoken to through its Responses API, the only
 * one in which reasoning models also take tools and get their thinking back; everybody else's copy of OpenAI
 * speaks Chat Completions. Key and base URL are always given, so that no SDK looks for them in the environment.
 */
export async function loadModels(
  connection: SdkConnection,
  fetch: typeof globalThis.fetch,
): Promise<ModelSource> {
  const { adapter, credential } = connection;
  const baseURL = connection.baseUrl ?? defaultBaseUrls[adapter];
  if (baseURL === null) throw new Error(`The provider ${connection.slug} has no base URL.`);
  const settings = { baseURL, apiKey: credential ?? '', fetch };
  switch (adapter) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const provider = createOpenAI(settings);
      return (modelSlug) => provider.responses(modelSlug);
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(settings);
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle(settings);
    }
    default: {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        baseURL,
        fetch,
        name: 'compatible',
        supportsStructuredOutputs: dialects[adapter].jsonSchema,
        ...(credential !== null && { apiKey: credential }),
      });
    }
  }
}
