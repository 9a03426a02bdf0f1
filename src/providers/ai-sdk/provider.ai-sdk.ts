import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import {
  answeredBody,
  classifyBody,
  classifyError,
  classifyStreamError,
  type Telling,
} from './classify-error.ai-sdk.ts';
import { detailsOf, withDetails } from './chat/reasoning-details.ts';
import { dialectOf, forModel } from './dialects.ts';
import { embed } from './embed/embed.ai-sdk.ts';
import type { EmbedderSource } from './embed/embedder.ai-sdk.ts';
import { textsIn, type EmbeddingTask } from '../embedding.ts';
import { textsOf } from '../message.ts';
import { cancelled, internalFailure, stackFrames } from '../failure.ts';
import { estimates, fromResult, sealedBy } from './from-result.ai-sdk.ts';
import { StreamedAnswer } from './from-stream.ai-sdk.ts';
import type { ModelSources } from './models.ai-sdk.ts';
import type {
  Provider,
  ProviderRequest,
  ProviderResult,
  ResponseHeaders,
  SdkConnection,
} from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import { endingWord, stopSequenceIn, tellsError } from '../wire/raw-body.ts';
import { readStream, type StreamReading } from './stream.ai-sdk.ts';
import { withNotices } from './notices.ai-sdk.ts';
import { wordRequest, type WordedRequest } from './to-call-options.ai-sdk.ts';
import { readCounts, usageSoFar, type TokenCounts } from './token-counts.ts';

/** What an SDK provider is made of. */
export interface SdkProviderParts {
  readonly connection: SdkConnection;
  readonly models: ModelSources;
  /** Loads what embeds, the first time that it is asked for. */
  readonly embedders: () => Promise<EmbedderSource>;
  readonly clock: Clock;
  readonly log: Log;
}

type Failed = Extract<ProviderResult, { ok: false }>;

/** A real provider, called through its SDK's `doGenerate` and `doStream`, which send one request and never retry. */
export function createSdkProvider(parts: SdkProviderParts): Provider {
  const { slug: providerSlug } = parts.connection;
  const { models } = parts;
  const dialect = dialectOf(parts.connection);
  const { telling, failed } = createFaults(parts);
  const vectorsOf = createVectors(parts);

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      let worded: WordedRequest | undefined;
      try {
        if (request.embedding !== undefined) return await vectorsOf(request, request.embedding, signal);
        worded = wordRequest(request, providerSlug, forModel(dialect, request.modelSlug), signal);
        const result = await models.whole(request.modelSlug).doGenerate(worded.options);
        const body = result.response?.body;
        const headers = rateLimitHeaders(result.response?.headers);
        const counts = readCounts(body);
        const noticed = (read: ProviderResult) => withNotices(read, worded?.notices ?? [], result.warnings);
        const failure = tellsError(body) ? classifyBody(body, headers, telling(request)) : undefined;
        if (failure !== undefined) return noticed(billed({ ok: false, failure, headers }, request, counts));
        const read = { ...result, ...readBody(result), counts };
        return noticed(fromResult(read, { providerSlug, dialect, request }));
      } catch (error) {
        if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
        return withNotices(failed(error, request), worded?.notices ?? [], []);
      }
    },
    stream(request, signal) {
      const answer = new StreamedAnswer(request.responseFormat.type, sealedBy(providerSlug, dialect));
      let worded: WordedRequest | undefined;
      const reading: StreamReading = {
        begin: (untilLeft) => {
          worded = wordRequest(request, providerSlug, forModel(dialect, request.modelSlug), untilLeft);
          return models.streamed(request.modelSlug).begin(worded.options);
        },
        answer,
        noticed: (result) => withNotices(result, worded?.notices ?? [], answer.warnings),
        usage: () => usageSoFar(answer.counts, estimates(request, answer.content)),
        concluded(whole, headers) {
          const { word, stopSequence, counts } = answer;
          const heard = { ...whole, word, stopSequence, counts, response: { headers } };
          return fromResult(heard, { providerSlug, dialect, request });
        },
        failed: (error) => failed(error, request),
        told: (error, chunk, headers) => classifyStreamError({ error, chunk, headers }, telling(request)),
      };
      return readStream(reading, signal);
    },
  };
}

/** What of an answer its body tells beyond what the SDK makes of it. */
function readBody({ content, response }: LanguageModelV4GenerateResult) {
  const body = response?.body;
  return {
    content: withDetails(content, detailsOf(body)),
    ...{ word: endingWord(body), stopSequence: stopSequenceIn(body) },
  };
}

/** What embeds is loaded when a request wants vectors. */
function createVectors({ connection, embedders }: SdkProviderParts) {
  return async (
    request: ProviderRequest,
    embedding: EmbeddingTask,
    signal: AbortSignal,
  ): Promise<ProviderResult> => {
    const embedder = await embedders();
    return await embed(embedder(request.modelSlug), { ...request, embedding }, { signal, connection });
  };
}

/** What a failed request of this provider is told with, and what something thrown on its way means. */
function createFaults({ connection, clock, log }: SdkProviderParts) {
  const { slug, credential } = connection;
  const telling = ({ messages, embedding }: ProviderRequest): Telling => ({
    nowMs: clock.now(),
    unspoken: { credential, texts: embedding === undefined ? textsOf(messages) : textsIn(embedding) },
  });
  const failed = (error: unknown, request: ProviderRequest): Failed => {
    const failure = classifyError(error, telling(request));
    if (failure === undefined) {
      log.error('a provider adapter failed', { provider: slug, frames: stackFrames(error) });
      return { ok: false, failure: internalFailure, headers: {} };
    }
    if (failure.failureClass === 'INTERNAL') log.warn(failure.message, { provider: slug });
    const counts = readCounts(answeredBody(error));
    return billed({ ok: false, failure, headers: headersOf(error) }, request, counts);
  };
  return { telling, failed };
}

/** A failure with what it is billed for, if its provider told. */
function billed(failed: Failed, request: ProviderRequest, counts: TokenCounts | undefined): Failed {
  const usage = usageSoFar(counts, estimates(request, []));
  return { ...failed, ...(usage !== undefined && { usage }) };
}

/** The headers that the SDK's errors carry, whichever copy of the SDK made them. */
function headersOf(error: unknown): ResponseHeaders {
  const headers = (error as { readonly responseHeaders?: ResponseHeaders }).responseHeaders;
  return rateLimitHeaders(headers);
}
