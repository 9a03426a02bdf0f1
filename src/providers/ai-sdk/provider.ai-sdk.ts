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
import type { Message } from '../message.ts';
import { cancelled, internalFailure, stackFrames } from '../failure.ts';
import { fromResult } from './from-result.ai-sdk.ts';
import { StreamedAnswer } from './from-stream.ai-sdk.ts';
import type { ModelSources, SdkConnection } from './models.ai-sdk.ts';
import type { Provider, ProviderRequest, ProviderResult, ResponseHeaders } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';
import { readPartialUsage } from './partial-usage.ts';
import { endingWord, tellsError } from './raw-body.ts';
import { readStream, type StreamReading } from './stream.ai-sdk.ts';
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
  const { slug, adapter, credential } = connection;
  const dialect = dialects[adapter];

  const telling = ({ messages }: ProviderRequest): Telling => ({
    nowMs: clock.now(),
    unspoken: { credential, texts: messages.flatMap(textsOf) },
  });
  const failed = (error: unknown, request: ProviderRequest): Failed => {
    const failure = classifyError(error, telling(request));
    if (failure?.failureClass === 'INTERNAL') log.warn(failure.message, { provider: slug });
    const usage = readPartialUsage(answeredBody(error), undefined);
    const counted = usage !== undefined && { usage };
    if (failure !== undefined) return { ok: false, failure, headers: headersOf(error), ...counted };
    log.error('a provider adapter failed', { provider: slug, frames: stackFrames(error) });
    return { ok: false, failure: internalFailure, headers: {} };
  };

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      try {
        const options = toCallOptions(request, slug, dialect, signal);
        const result = await models.whole(request.modelSlug).doGenerate(options);
        const body = result.response?.body;
        const headers = rateLimitHeaders(result.response?.headers);
        const failure = tellsError(body) ? classifyBody(body, headers, telling(request)) : undefined;
        if (failure === undefined) return fromResult({ ...result, word: endingWord(body) }, slug, dialect);
        const usage = readPartialUsage(body, undefined);
        return { ok: false, failure, headers, ...(usage !== undefined && { usage }) };
      } catch (error) {
        return signal.aborted ? { ok: false, failure: cancelled, headers: {} } : failed(error, request);
      }
    },
    stream(request, signal) {
      const answer = new StreamedAnswer(request.responseFormat.type);
      const reading: StreamReading = {
        begin: (untilLeft) => {
          const options = toCallOptions(request, slug, dialect, untilLeft);
          return models.streamed(request.modelSlug).doStream({ ...options, includeRawChunks: true });
        },
        answer,
        concluded: (whole, headers) =>
          fromResult({ ...whole, word: answer.word, response: { headers } }, slug, dialect),
        failed: (error) => failed(error, request),
        told: (error, chunk, headers) => classifyStreamError({ error, chunk, headers }, telling(request)),
      };
      return readStream(reading, signal);
    },
  };
}

/** What a message says, that no failure may repeat. */
function textsOf(message: Message): string[] {
  switch (message.role) {
    case 'user':
      return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    case 'assistant':
      return [message.text, ...message.toolCalls.map((call) => call.arguments)];
    default:
      return [message.text];
  }
}

/** The headers that the SDK's errors carry, whichever copy of the SDK made them. */
function headersOf(error: unknown): ResponseHeaders {
  const headers = (error as { readonly responseHeaders?: ResponseHeaders }).responseHeaders;
  return rateLimitHeaders(headers);
}
