import type { AdapterSettings } from '../provider.ts';
import type { LanguageModelV4, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { isDatedAzure } from '../adapter-settings.ts';
import type { BodyReader, ReadableBody } from '../transport/body.ts';
import { TransportError } from '../transport/transport-error.ts';
import { readAwsCredential } from './aws-credential.ts';

/** A fetch as the SDKs use it. */
export type Fetch = typeof globalThis.fetch;

/** Gives a provider's model by its slug. */
export type ModelSource = (modelSlug: string) => LanguageModelV4;

/** What the models of a cloud are made of. */
export interface CloudParts {
  readonly baseURL: string;
  readonly fetch: Fetch;
  readonly settings: AdapterSettings;
}

/** Cloud parts with the credential as it is kept. */
export interface KeyedCloudParts extends CloudParts {
  readonly apiKey: string;
}

/**
 * Azure by the address of a resource, with or without `/openai` and `/v1` behind it. Models are deployments: by
 * Responses in its API v1, and by Chat Completions in a dated one, which has no Responses by deployment.
 */
export async function loadAzure({ baseURL, apiKey, fetch, settings }: KeyedCloudParts): Promise<ModelSource> {
  const { createAzure } = await import('@ai-sdk/azure');
  const resource = baseURL.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '');
  if (!isDatedAzure('azure', settings)) {
    const provider = createAzure({ baseURL: `${resource}/openai/v1`, apiKey, fetch });
    return (modelSlug) => provider.responses(modelSlug);
  }
  const provider = createAzure({
    baseURL: `${resource}/openai`,
    apiKey,
    fetch,
    apiVersion: settings.apiVersion ?? '',
    useDeploymentBasedUrls: true,
  });
  // The SDK puts the name into the path as it is.
  return (modelSlug) => provider.chat(encodeURIComponent(modelSlug));
}

/**
 * Gemini on Vertex is Google's own dialect at another address, by a token instead of a key. The SDK's package for
 * Vertex has the same model and fetches tokens by itself, past our pool and what it forbids.
 */
export async function loadVertex({ baseURL, fetch, settings }: CloudParts): Promise<ModelSource> {
  const { createGoogle } = await import('@ai-sdk/google');
  const { project, region } = settings;
  const place = `projects/${project ?? ''}/locations/${region ?? ''}/publishers/google`;
  return createGoogle({
    name: 'google.vertex.chat',
    baseURL: `${baseURL.replace(/\/+$/, '')}/${place}`,
    apiKey: '',
    fetch,
  });
}

/** A fetch that sends a token in the place of a key. */
export function withToken(fetch: Fetch, token: () => Promise<string>): Fetch {
  return async (input, init) => {
    const { 'x-goog-api-key': _, ...headers } = (init?.headers ?? {}) as Record<string, string>;
    const authorization = `Bearer ${await untilAborted(token(), init?.signal)}`;
    return await fetch(input, { ...init, headers: { ...headers, authorization } });
  };
}

/** Whoever leaves does not wait for what others still need. */
async function untilAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal | null | undefined,
): Promise<Value> {
  if (!signal) return await work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Bedrock's Converse, by an API key or by keys that sign each request. */
export async function loadBedrock({
  baseURL,
  apiKey,
  fetch,
  settings,
}: KeyedCloudParts): Promise<ModelSource> {
  const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
  const keys = readAwsCredential(apiKey);
  const provider = createAmazonBedrock({
    baseURL,
    region: settings.region ?? '',
    fetch: withWebBody(fetch),
    // Blank, so that the SDK does not look for an API key in the environment.
    apiKey: ' ',
    ...keys,
  });
  return (modelSlug) => {
    if (keys === undefined) {
      throw new TransportError('AUTH', 'it must hold accessKeyId and secretAccessKey, or be an API key');
    }
    return withBody(provider(modelSlug));
  };
}

/** The SDK pipes a stream of messages, which a body of ours, made to be read, is not fit for. */
function withWebBody(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.ok || !(input as string).endsWith('/converse-stream')) return response;
    const body = webStream(response.body as unknown as ReadableBody);
    const { status, ok, headers } = response;
    return { status, ok, headers, body } as unknown as Response;
  };
}

function webStream(body: ReadableBody): ReadableStream<Uint8Array> {
  let reader: BodyReader | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= body.getReader();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        reader ??= body.getReader();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** This SDK keeps no body beside an answer: what is read of one is put together again from what it made of it. */
function withBody(model: LanguageModelV4): LanguageModelV4 {
  return Object.create(model, {
    doGenerate: {
      value: async (options: Parameters<LanguageModelV4['doGenerate']>[0]) => {
        const result = await model.doGenerate(options);
        const body = { usage: result.usage.raw, stopReason: result.finishReason.raw };
        return { ...result, response: { ...result.response, body } } as LanguageModelV4GenerateResult;
      },
    },
    doStream: { value: model.doStream.bind(model) },
  }) as LanguageModelV4;
}
