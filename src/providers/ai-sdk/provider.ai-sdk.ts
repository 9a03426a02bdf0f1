import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { classifyError, classifyStreamError } from './classify-error.ai-sdk.ts';
import { dialects } from './dialect.ts';
import { cancelled, internalFailure, stackFrames } from '../failure.ts';
import { fromResult } from './from-result.ai-sdk.ts';
import { StreamedAnswer } from './from-stream.ai-sdk.ts';
import type { ModelSources, SdkConnection } from './models.ai-sdk.ts';
import type { Provider, ProviderResult, ResponseHeaders } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import { readStream } from './stream.ai-sdk.ts';
import { toCallOptions } from './to-call-options.ai-sdk.ts';

/** What an SDK provider is made of. */
export interface SdkProviderParts {
  readonly connection: SdkConnection;
  readonly models: ModelSources;
  readonly clock: Clock;
  readonly log: Log;
}

type Failed = Extract<ProviderResult, { ok: false }>;

/** A real provider, called through its SDK's `doGenerate` and `doStream`, which send one request and never retry. */
export function createSdkProvider({ connection, models, clock, log }: SdkProviderParts): Provider {
  const { slug, adapter } = connection;
  const dialect = dialects[adapter];

  const failed = (error: unknown): Failed => {
    const failure = classifyError(error, clock.now());
    if (failure?.failureClass === 'INTERNAL') log.warn(failure.message, { provider: slug });
    if (failure !== undefined) return { ok: false, failure, headers: headersOf(error) };
    log.error('a provider adapter failed', { provider: slug, frames: stackFrames(error) });
    return { ok: false, failure: internalFailure, headers: {} };
  };

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      try {
        const options = toCallOptions(request, slug, dialect, signal);
        return fromResult(await models.whole(request.modelSlug).doGenerate(options), slug, dialect);
      } catch (error) {
        return signal.aborted ? { ok: false, failure: cancelled, headers: {} } : failed(error);
      }
    },
    stream: (request, signal) =>
      readStream(
        {
          begin: (untilLeft) => {
            const options = toCallOptions(request, slug, dialect, untilLeft);
            return models.streamed(request.modelSlug).doStream({ ...options, includeRawChunks: true });
          },
          answer: new StreamedAnswer(request.responseFormat.type),
          concluded: (whole, headers) => fromResult({ ...whole, response: { headers } }, slug, dialect),
          failed,
          told: (error, chunk, headers) => classifyStreamError({ error, chunk, headers }, clock.now()),
        },
        signal,
      ),
  };
}

/** The headers that the SDK's errors carry, whichever copy of the SDK made them. */
function headersOf(error: unknown): ResponseHeaders {
  const headers = (error as { readonly responseHeaders?: ResponseHeaders }).responseHeaders;
  return rateLimitHeaders(headers);
}
