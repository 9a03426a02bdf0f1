import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Clock } from '../../system/clock.ts';
import type { Timers } from '../../system/timers.ts';
import { noSettings } from '../adapter-settings.ts';
import { baseUrlOf } from '../base-url.ts';
import type { SdkConnection } from '../provider.ts';
import type { PooledFetch } from '../transport/fetch.undici.ts';
import { soundAnswers, soundFrames, soundStreams } from '../wire/sound-fetch.undici.ts';
import { wireOf } from '../wire/wire-dialect.ts';
import {
  loadAzure,
  loadBedrock,
  loadVertex,
  withToken,
  type Fetch,
  type ModelSource,
} from './clouds.ai-sdk.ts';
import { withCarriedFields } from './chat/carried-fields.ts';
import { loadCohere } from './chat/cohere.ai-sdk.ts';
import { loadDeepSeek, loadGroq, loadMistral } from './chat/own-chat.ai-sdk.ts';
import { dialects } from './dialects.ts';
import { createGoogleTokens } from './google-token.jose.ts';
import { nameOutputBudget } from './parameters.ts';
import { streaming, type StreamingModel } from './streaming-model.ts';
import { loadXai } from './xai.ai-sdk.ts';

/** A provider's models, once for whole answers and once for streams, which need different ways to fetch. */
export interface ModelSources {
  readonly whole: (modelSlug: string) => Pick<LanguageModelV4, 'doGenerate'>;
  readonly streamed: (modelSlug: string) => StreamingModel;
}

/** What models are made over. */
export interface ModelParts {
  readonly pool: PooledFetch;
  readonly timers: Timers;
  readonly clock: Clock;
}

/**
 * Loads the SDK of a connection's dialect, and only that. OpenAI and xAI are spoken to through their Responses API, the
 * only one in which reasoning models also take tools and get their thinking back; everybody else's copy of OpenAI
 * speaks Chat Completions. Key and base URL are always given, so that no SDK looks for them in the environment.
 */
export async function loadModels(connection: SdkConnection, parts: ModelParts): Promise<ModelSources> {
  const { pool, timers } = parts;
  const wire = wireOf(connection);
  if (!hasOwnPackage(connection)) {
    const chat = once(await loadChat(connection, parts));
    return { whole: chat, streamed: chat };
  }
  const soundStream = connection.adapter === 'amazon-bedrock' ? soundFrames : soundStreams;
  const authorize = authorizerOf(connection, parts);
  const [whole, streamed] = await Promise.all([
    loadSource(connection, soundAnswers(authorize(pool.fetch), wire)),
    loadSource(connection, soundStream(authorize(pool.streamingFetch), wire, timers)),
  ]);
  return { whole: once(whole), streamed: once((modelSlug) => streaming(streamed(modelSlug))) };
}

/** Vertex takes a token that one asks for and all share; elsewhere the SDK knows what a key is sent as. */
export function authorizerOf({ adapter, credential }: SdkConnection, { pool, clock, timers }: ModelParts) {
  if (adapter !== 'google-vertex') return (fetch: Fetch): Fetch => fetch;
  const token = createGoogleTokens({ fetch: pool.fetch, clock, timers, credential: credential ?? '' });
  return (fetch: Fetch): Fetch => withToken(fetch, token);
}

/** Making a model compiles its schemas, which costs more than a call. */
function once<Model>(make: (modelSlug: string) => Model): (modelSlug: string) => Model {
  const made = new Map<string, Model>();
  return (modelSlug) => {
    const model = made.get(modelSlug) ?? make(modelSlug);
    made.set(modelSlug, model);
    return model;
  };
}

/** A connection whose dialect has a package of its own. */
type OwnConnection = SdkConnection & {
  readonly adapter: Exclude<SdkConnection['adapter'], 'togetherai' | 'openai-compatible'>;
};

function hasOwnPackage(connection: SdkConnection): connection is OwnConnection {
  return connection.adapter !== 'togetherai' && connection.adapter !== 'openai-compatible';
}

async function loadChat(connection: SdkConnection, { pool, timers }: ModelParts) {
  const { chatModels } = await import('./compatible/chat-model.ai-sdk.ts');
  return chatModels({
    ...{ pool, timers, wire: wireOf(connection), name: 'compatible' },
    baseURL: addressOf(connection),
    apiKey: connection.credential ?? '',
    includeUsage: dialects[connection.adapter].asksForStreamUsage,
    transformRequestBody: nameOutputBudget,
  });
}

function addressOf({ slug, adapter, baseUrl, settings = noSettings }: SdkConnection): string {
  const baseURL = baseUrlOf({ adapter, baseUrl, ...settings });
  if (baseURL === null) throw new Error(`The provider ${slug} has no base URL.`);
  return baseURL;
}

async function loadSource(connection: OwnConnection, fetch: Fetch): Promise<ModelSource> {
  const { adapter, credential, settings = noSettings } = connection;
  const baseURL = addressOf(connection);
  const keyed = { baseURL, apiKey: credential ?? '', fetch };
  const carrying = { ...keyed, fetch: withCarriedFields(fetch) };
  switch (adapter) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const provider = createOpenAI(carrying);
      return (modelSlug) => provider.responses(modelSlug);
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(carrying);
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle(carrying);
    }
    case 'mistral':
      return await loadMistral(keyed);
    case 'groq':
      return await loadGroq(keyed);
    case 'deepseek':
      return await loadDeepSeek(keyed);
    case 'cohere':
      return await loadCohere(keyed);
    case 'xai':
      return await loadXai(keyed);
    case 'google-vertex':
      return await loadVertex({ baseURL, fetch: carrying.fetch, settings });
    case 'azure':
      return await loadAzure({ ...carrying, settings });
    case 'amazon-bedrock':
      return await loadBedrock({ ...keyed, settings });
  }
}
