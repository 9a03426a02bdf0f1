import {
  APICallError,
  TypeValidationError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';
import {
  OpenAICompatibleChatLanguageModel,
  VERSION,
  type OpenAICompatibleProviderSettings,
} from '@ai-sdk/openai-compatible';
import type { Timers } from '../../../system/timers.ts';
import type { PooledFetch } from '../../transport/fetch.undici.ts';
import type { PlainResponse } from '../../transport/response.undici.ts';
import { hearEvents } from '../../wire/event-reader.eventsource.ts';
import { readAnswer } from '../../wire/hear.ts';
import { answeredHeader, readText } from '../../wire/sound-fetch.undici.ts';
import type { WireDialect } from '../../wire/wire.ts';
import type { BegunStream, StreamingModel } from '../streaming-model.ts';
import { ChunkParts } from './chunk-parts.ai-sdk.ts';

/** What models that speak Chat Completions are made of. */
export interface ChatParts {
  readonly baseURL: string;
  /** Empty: none is sent. */
  readonly apiKey: string;
  /** What the SDK calls the owner of options. */
  readonly name: string;
  readonly includeUsage: boolean;
  readonly transformRequestBody: NonNullable<OpenAICompatibleProviderSettings['transformRequestBody']>;
  readonly pool: Pick<PooledFetch, 'fetch' | 'streamingFetch'>;
  readonly wire: WireDialect;
  readonly timers: Timers;
}

/** A model that is called whole or as a stream. */
export interface ChatModel extends StreamingModel {
  doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult>;
}

/**
 * Models that speak Chat Completions. Requests are worded and whole answers read by the SDK; what goes between is ours:
 * header and address are made once, what the wire has read is not written and read again, and a stream's chunks become
 * parts in the turn in which they come, where the SDK has them go through five streams of the platform.
 */
export function chatModels(parts: ChatParts): (modelSlug: string) => ChatModel {
  const post = poster(parts);
  return (modelSlug) => chatModel(modelSlug, parts, post);
}

function chatModel(modelSlug: string, parts: ChatParts, post: Poster): ChatModel {
  const { name, wire, pool, timers, includeUsage } = parts;
  const sdk = new OpenAICompatibleChatLanguageModel(modelSlug, {
    provider: `${name}.chat`,
    supportsStructuredOutputs: true,
    transformRequestBody: parts.transformRequestBody,
    // It words and reads, and sends nothing.
    url: () => '',
    headers: {},
  });
  const streamed = { stream: true, ...(includeUsage && { stream_options: { include_usage: true } }) };

  return {
    async doGenerate(options) {
      const { body, warnings } = await sdk.prepareRequest(options);
      const { response, headers } = await post(pool.fetch, body, options);
      const text = await readText(response);
      const value = readAnswer(text, wire);
      if (typeof value === 'string') throw unanswered(response, value);
      try {
        const { providerOptions } = options;
        const result = await sdk.convertResponse({
          body: value,
          ...(providerOptions && { providerOptions }),
        });
        return { ...result, warnings, response: { ...result.response, headers, body: value } };
      } catch (error) {
        if (!TypeValidationError.isInstance(error)) throw error;
        throw unanswered(response, JSON.stringify(value), error);
      }
    },
    async begin(options) {
      const { body, warnings } = await sdk.prepareRequest(options);
      const { response, headers } = await post(pool.streamingFetch, { ...body, ...streamed }, options);
      return begun(response, headers, { name, wire, timers, warnings });
    },
  };
}

function begun(
  { body }: PlainResponse,
  headers: Record<string, string>,
  {
    name,
    wire,
    timers,
    warnings,
  }: Pick<ChatParts, 'name' | 'wire' | 'timers'> & Pick<LanguageModelV4GenerateResult, 'warnings'>,
): BegunStream {
  const events = hearEvents(body, wire, timers);
  const parts = new ChunkParts(name);
  let hasEnded = false;
  let isFirst = true;
  return {
    headers,
    async read() {
      if (hasEnded) return undefined;
      const heard = await events.next();
      if (heard === undefined) parts.end();
      else for (const each of heard) parts.take(each);
      hasEnded = heard === undefined;
      const first = isFirst ? [{ type: 'stream-start', warnings } as const] : [];
      isFirst = false;
      return [...first, ...parts.taken()];
    },
  };
}

/** Sends a request; resolves with a response of success, and throws what says that it is none. */
type Poster = (
  fetch: PooledFetch['fetch'],
  body: object,
  options: LanguageModelV4CallOptions,
) => Promise<{ readonly response: PlainResponse; readonly headers: Record<string, string> }>;

function poster({ baseURL, apiKey }: ChatParts): Poster {
  const url = `${baseURL.replace(/\/$/, '')}/chat/completions`;
  const usual = {
    'content-type': 'application/json',
    ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }),
    'user-agent': `ai-sdk-openai-compatible/${VERSION}`,
  };
  let headers: Record<string, string> | undefined;
  return async (fetch, body, { abortSignal }) => {
    // A key that no header can hold fails here, without being repeated.
    headers ??= Object.fromEntries(new Headers(usual).entries());
    const answered = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: abortSignal ?? null,
    });
    const response = answered as unknown as PlainResponse;
    if (!response.ok) throw refused(response, await readText(response));
    return { response, headers: Object.fromEntries(response.headers) };
  };
}

/** For a response that tells by its status that it is no answer. */
function refused({ status, statusText, headers }: PlainResponse, responseBody: string): APICallError {
  const responseHeaders = Object.fromEntries(headers);
  return new APICallError({
    ...{ message: statusText, url: '', requestBodyValues: {} },
    ...{ statusCode: status, responseHeaders, responseBody },
  });
}

/** For a response of success that is none. */
function unanswered({ status, headers }: PlainResponse, responseBody: string, cause?: unknown): APICallError {
  const responseHeaders = { ...Object.fromEntries(headers), [answeredHeader]: String(status) };
  return new APICallError({
    ...{ message: 'The response is no answer.', url: '', requestBodyValues: {}, cause },
    ...{ statusCode: status, responseHeaders, responseBody },
  });
}
