import type { LanguageModelV4 } from '@ai-sdk/provider';
import { defaultBaseUrls } from '../base-url.ts';
import type { Timers } from '../../system/timers.ts';
import { soundAnswers, soundStreams } from '../wire/sound-fetch.undici.ts';
import { wireDialects } from '../wire/wire-dialect.ts';
import { dialects } from './dialect.ts';
import { nameOutputBudget } from './parameters.ts';
import type { PooledFetch } from '../transport/fetch.undici.ts';
import type { Adapter, ProviderConnection } from '../provider.ts';

/** A connection that the SDK serves. */
export type SdkConnection = ProviderConnection & { readonly adapter: Exclude<Adapter, 'simulated'> };

/** Gives a provider's model by its slug. */
export type ModelSource = (modelSlug: string) => LanguageModelV4;

/** A provider's models, once for whole answers and once for streams, which need different ways to fetch. */
export interface ModelSources {
  readonly whole: ModelSource;
  readonly streamed: ModelSource;
}

/**
 * Loads the SDK of a connection's dialect, and only that. OpenAI is spoken to through its Responses API, the only
 * one in which reasoning models also take tools and get their thinking back; everybody else's copy of OpenAI
 * speaks Chat Completions. Key and base URL are always given, so that no SDK looks for them in the environment.
 */
export async function loadModels(
  connection: SdkConnection,
  pool: PooledFetch,
  timers: Timers,
): Promise<ModelSources> {
  const wire = wireDialects[connection.adapter];
  const [whole, streamed] = await Promise.all([
    loadSource(connection, soundAnswers(pool.fetch, wire)),
    loadSource(connection, soundStreams(pool.streamingFetch, wire, timers)),
  ]);
  return { whole: once(whole), streamed: once(streamed) };
}

/** Making a model compiles its schemas, which costs more than a call. */
function once(make: ModelSource): ModelSource {
  const made = new Map<string, LanguageModelV4>();
  return (modelSlug) => {
    const model = made.get(modelSlug) ?? make(modelSlug);
    made.set(modelSlug, model);
    return model;
  };
}

async function loadSource(connection: SdkConnection, fetch: typeof globalThis.fetch): Promise<ModelSource> {
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
        includeUsage: dialects[adapter].asksForStreamUsage,
        transformRequestBody: nameOutputBudget,
        ...(credential !== null && { apiKey: credential }),
      });
    }
  }
}
