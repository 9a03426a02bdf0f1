import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import {
  answeredBody,
  classifyBody,
  classifyError,
  classifyStreamError,
  type Telling,
} from './classify-error.ai-sdk.ts';
import { dialects } from './dialect.ts';
import { textsOf } from '../message.ts';
import { cancelled, internalFailure, stackFrames } from '../failure.ts';
import { estimates, fromResult } from './from-result.ai-sdk.ts';
import { StreamedAnswer } from './from-stream.ai-sdk.ts';
import type { ModelSources, SdkConnection } from './models.ai-sdk.ts';
import type { Provider, ProviderRequest, ProviderResult, ResponseHeaders } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import { endingWord, tellsError } from './raw-body.ts';
import { readStream, type StreamReading } from './stream.ai-sdk.ts';
import { toCallOptions } from './to-call-options.ai-sdk.ts';
import { readCounts, usageSoFar, type TokenCounts } from './token-counts.ts';

/** What an SDK provider is made of. */
export interface SdkProviderParts {
  readonly connection: SdkConnection;
  readonly models: ModelSources;
  readonly clock: Clock;
  readonly log: Log;
}

type Failed = Extract<ProviderResult, { ok: false }>;

/** A real provider, called through its SDK's `doGenerate` and `doStream`, which send one request and never retry. */
export function createSdkProvider(parts: SdkProviderParts): Provider {
  const { slug: providerSlug, adapter } = parts.connection;
  const { models } = parts;
  const dialect = dialects[adapter];
  const { telling, failed } = createFaults(parts);

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      try {
        const options = toCallOptions(request, providerSlug, dialect, signal);
        const result = await models.whole(request.modelSlug).doGenerate(options);
        const body = result.response?.body;
        const headers = rateLimitHeaders(result.response?.headers);
        const counts = readCounts(body);
        const failure = tellsError(body) ? classifyBody(body, headers, telling(request)) : undefined;
        if (failure !== undefined) return billed({ ok: false, failure, headers }, request, counts);
        return fromResult({ ...result, word: endingWord(body), counts }, { providerSlug, dialect, request });
      } catch (error) {
        return signal.aborted ? { ok: false, failure: cancelled, headers: {} } : failed(error, request);
      }
    },
    stream(request, signal) {
      const answer = new StreamedAnswer(request.responseFormat.type);
      const reading: StreamReading = {
        begin: (untilLeft) => {
          const options = toCallOptions(request, providerSlug, dialect, untilLeft);
          return models.streamed(request.modelSlug).doStream({ ...options, includeRawChunks: true });
        },
        answer,
        usage: () => usageSoFar(answer.counts, estimates(request, answer.content)),
        concluded(whole, headers) {
          const { word, counts } = answer;
          return fromResult(
            { ...whole, word, counts, response: { headers } },
            { providerSlug, dialect, request },
          );
        },
        failed: (error) => failed(error, request),
        told: (error, chunk, headers) => classifyStreamError({ error, chunk, headers }, telling(request)),
      };
      return readStream(reading, signal);
    },
  };
}

/** What a failed request of this provider is told with, and what something thrown on its way means. */
function createFaults({ connection, clock, log }: SdkProviderParts) {
  const { slug, credential } = connection;
  const telling = ({ messages }: ProviderRequest): Telling => ({
    nowMs: clock.now(),
    unspoken: { credential, texts: textsOf(messages) },
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
