import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { classifyError } from './classify-error.ai-sdk.ts';
import { dialects } from './dialect.ts';
import { cancelled, internalFailure, stackFrames } from './failure.ts';
import { fromResult } from './from-result.ai-sdk.ts';
import type { ModelSource, SdkConnection } from './models.ai-sdk.ts';
import type { Provider, ProviderResult, ResponseHeaders } from './provider.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { toCallOptions } from './to-call-options.ai-sdk.ts';

/** What an SDK provider is made of. */
export interface SdkProviderParts {
  readonly connection: SdkConnection;
  readonly models: ModelSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** A real provider, called through its SDK's `doGenerate`, which sends one request and never retries. */
export function createSdkProvider({ connection, models, clock, log }: SdkProviderParts): Provider {
  const { slug, adapter } = connection;
  const dialect = dialects[adapter];
  // Making a model compiles its schemas, which costs more than a call.
  const made = new Map<string, LanguageModelV4>();
  const modelOf = (modelSlug: string): LanguageModelV4 => {
    const model = made.get(modelSlug) ?? models(modelSlug);
    made.set(modelSlug, model);
    return model;
  };

  const failed = (error: unknown, signal: AbortSignal): ProviderResult => {
    if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
    const failure = classifyError(error, clock.now());
    if (failure !== undefined) return { ok: false, failure, headers: headersOf(error) };
    log.error('a provider adapter failed', { provider: slug, frames: stackFrames(error) });
    return { ok: false, failure: internalFailure, headers: {} };
  };

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      try {
        const options = toCallOptions(request, slug, dialect, signal);
        return fromResult(await modelOf(request.modelSlug).doGenerate(options), slug, dialect);
      } catch (error) {
        return failed(error, signal);
      }
    },
  };
}

/** The headers that the SDK's errors carry, whichever copy of the SDK made them. */
function headersOf(error: unknown): ResponseHeaders {
  const headers = (error as { readonly responseHeaders?: ResponseHeaders }).responseHeaders;
  return rateLimitHeaders(headers);
}
