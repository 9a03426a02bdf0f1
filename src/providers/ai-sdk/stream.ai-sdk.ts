import type { LanguageModelV4GenerateResult, LanguageModelV4StreamResult } from '@ai-sdk/provider';
import { cancelled, type ProviderFailure } from '../failure.ts';
import type { StreamedAnswer } from './from-stream.ai-sdk.ts';
import { tooLarge } from './from-result.ai-sdk.ts';
import { tellsError } from '../wire/raw-body.ts';
import type { ProviderResult, ResponseHeaders, StreamPart, TokenUsage } from '../provider.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';

/** A stream that ended before the model said why. */
const unfinished: ProviderFailure = {
  failureClass: 'MALFORMED',
  message: 'The stream ended before the answer did.',
  httpStatus: 200,
};

/** A stream to be read, and what its end means. */
export interface StreamReading {
  /** Sends the request; resolves when its response has begun. */
  begin(signal: AbortSignal): PromiseLike<LanguageModelV4StreamResult>;
  readonly answer: StreamedAnswer;
  /** What is used by now, as far as the provider has told. */
  usage(): TokenUsage | undefined;
  /** A result with what was adapted of its request. */
  noticed(result: ProviderResult): ProviderResult;
  /** What a stream that ended in order comes to. */
  concluded(whole: LanguageModelV4GenerateResult, headers: ResponseHeaders): ProviderResult;
  /** What was thrown on the way means this; not asked when the caller has left. */
  failed(error: unknown): Extract<ProviderResult, { ok: false }>;
  /** What an error that the stream itself tells means. */
  told(error: unknown, chunk: unknown, headers: ResponseHeaders): ProviderFailure;
}

/**
 * Reads a stream as slowly as its parts are taken. Nothing is a success but a body that ended in order after the
 * model had said why it ended: Chat Completions' `[DONE]` is not waited for, since not every server sends it and the
 * body's own end says as much, but `finish_reason` is. An error told on the way ends it at once. The request is
 * aborted before `end` is told, unless its response was read to the end, and when the consumer leaves.
 */
export async function* readStream(
  reading: StreamReading,
  signal: AbortSignal,
): AsyncGenerator<StreamPart, void, void> {
  yield { kind: 'end', result: reading.noticed(yield* readParts(reading, signal)) };
}

async function* readParts(
  reading: StreamReading,
  signal: AbortSignal,
): AsyncGenerator<StreamPart, ProviderResult, void> {
  if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
  const { answer } = reading;
  const leaving = new AbortController();
  let headers: ResponseHeaders = {};
  try {
    const { stream, response } = await reading.begin(AbortSignal.any([signal, leaving.signal]));
    headers = rateLimitHeaders(response?.headers);
    const reader = stream.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const parts = answer.take(next.value);
      // Not every SDK makes an error of its own of each chunk that tells one.
      if (next.value.type === 'error' || (next.value.type === 'raw' && tellsError(answer.lastChunk))) {
        const error = next.value.type === 'error' ? next.value.error : undefined;
        const failure = reading.told(error, answer.lastChunk, headers);
        return counted({ ok: false, failure, headers }, reading);
      }
      if (answer.isTooLarge) {
        return counted({ ok: false, failure: { ...tooLarge, httpStatus: 200 }, headers }, reading);
      }
      yield* parts;
      // What was read ahead is of no use to one who has left.
      if (signal.aborted) break;
    }
    if (!signal.aborted) {
      const whole = answer.whole();
      if (whole !== undefined) return reading.concluded(whole, headers);
      return counted({ ok: false, failure: unfinished, headers }, reading);
    }
  } catch (error) {
    if (!signal.aborted) {
      const result = reading.failed(error);
      return counted({ ...result, headers: { ...headers, ...result.headers } }, reading);
    }
  } finally {
    leaving.abort();
  }
  return counted({ ok: false, failure: cancelled, headers }, reading);
}

function counted(
  result: Extract<ProviderResult, { ok: false }>,
  reading: StreamReading,
): Extract<ProviderResult, { ok: false }> {
  const usage = reading.usage();
  return { ...result, ...(usage !== undefined && { usage }) };
}
