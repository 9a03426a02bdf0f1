import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { isDatedAzure, noSettings } from '../../adapter-settings.ts';
import { baseUrlOf } from '../../base-url.ts';
import type { SdkConnection } from '../../provider.ts';
import { embeddings } from '../../wire/embeddings.ts';
import { soundAnswers } from '../../wire/sound-fetch.undici.ts';
import { UnaskableError } from '../adapt/required.ts';
import { readAwsCredential } from '../aws-credential.ts';
import { cohereCompatibleAddress } from '../chat/cohere.ai-sdk.ts';
import { authorizerOf, type ModelParts } from '../models.ai-sdk.ts';
import { TransportError } from '../../transport/transport-error.ts';

/** Gives a provider's model that embeds, by its slug. Throws UnaskableError where the adapter has none. */
export type EmbedderSource = (modelSlug: string) => EmbeddingModelV4;

/** What embeds at a provider: loaded once, when it is first asked for. */
export function embeddersOf(connection: SdkConnection, parts: ModelParts): () => Promise<EmbedderSource> {
  let loaded: Promise<EmbedderSource> | undefined;
  return () => {
    loaded ??= load(connection, parts).catch((error: unknown) => {
      // The next request tries again.
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

/** Adapters whose providers embed nothing, or whose way to it no package knows. */
const without: ReadonlySet<SdkConnection['adapter']> = new Set(['anthropic', 'google-vertex']);

async function load(connection: SdkConnection, parts: ModelParts): Promise<EmbedderSource> {
  const { adapter, credential, settings = noSettings } = connection;
  if (without.has(adapter)) return refusing(adapter);
  const baseURL = baseUrlOf({ adapter, baseUrl: connection.baseUrl, ...settings });
  if (baseURL === null) throw new Error(`The provider ${connection.slug} has no base URL.`);
  const authorize = authorizerOf(connection, parts);
  const fetch = soundAnswers(authorize(parts.pool.vectorsFetch), embeddings);
  const keyed = { baseURL, apiKey: credential ?? '', fetch };
  switch (adapter) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      const provider = createOpenAI(keyed);
      return (modelSlug) => provider.embeddingModel(modelSlug);
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      const provider = createGoogle(keyed);
      return (modelSlug) => provider.embeddingModel(modelSlug);
    }
    case 'azure': {
      const { createAzure } = await import('@ai-sdk/azure');
      const resource = baseURL.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '');
      if (!isDatedAzure(adapter, settings)) {
        const provider = createAzure({ ...keyed, baseURL: `${resource}/openai/v1` });
        return (modelSlug) => provider.embeddingModel(modelSlug);
      }
      const dated = { apiVersion: settings.apiVersion ?? '', useDeploymentBasedUrls: true };
      const provider = createAzure({ ...keyed, baseURL: `${resource}/openai`, ...dated });
      // The SDK puts the name into the path as it is.
      return (modelSlug) => provider.embeddingModel(encodeURIComponent(modelSlug));
    }
    case 'amazon-bedrock': {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      const keys = readAwsCredential(keyed.apiKey);
      if (keys === undefined) {
        throw new TransportError('AUTH', 'it must hold accessKeyId and secretAccessKey, or be an API key');
      }
      const region = settings.region ?? '';
      // Blank, so that the SDK does not look for an API key in the environment.
      const provider = createAmazonBedrock({ baseURL, region, fetch, apiKey: ' ', ...keys });
      return (modelSlug) => provider.embeddingModel(modelSlug);
    }
    default: {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const key = credential === null ? {} : { apiKey: credential };
      const address = adapter === 'cohere' ? cohereCompatibleAddress(baseURL) : baseURL;
      const provider = createOpenAICompatible({ baseURL: address, fetch, name: 'compatible', ...key });
      return (modelSlug) => provider.embeddingModel(modelSlug);
    }
  }
}

function refusing(adapter: string): EmbedderSource {
  return () => {
    throw new UnaskableError(`The adapter ${adapter} turns no texts into vectors.`);
  };
}
