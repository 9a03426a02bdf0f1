import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { onAbort } from '../../system/abort.ts';
import { cancelled, type ProviderFailure } from '../failure.ts';
import type { StreamedAnswer } from './from-stream.ai-sdk.ts';
import { tooLarge } from './from-result.ai-sdk.ts';
import { tellsError } from '../wire/raw-body.ts';
import type { ProviderResult, ResponseHeaders, StreamPart, TokenUsage } from '../provider.ts';
import type { BegunStream } from './streaming-model.ts';
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
  begin(signal: AbortSignal): Promise<BegunStream>;
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
  const { answer } = reading;
  const leaving = new AbortController();
  let headers: ResponseHeaders = {};
  let result: ProviderResult | undefined;
  const listening = onAbort(signal, () => leaving.abort(signal.reason));
  try {
    if (!signal.aborted) {
      const stream = await reading.begin(leaving.signal);
      headers = rateLimitHeaders(stream.headers);
      // What was read ahead is of no use to one who has left.
      while (result === undefined && !signal.aborted) {
        const read = await stream.read();
        if (read === undefined) break;
        for (const part of read) {
          const told = answer.take(part);
          const failure = failureIn(part, reading, headers);
          if (failure !== undefined) {
            result = counted({ ok: false, failure, headers }, reading);
            break;
          }
          for (const piece of told) yield piece;
          if (signal.aborted) break;
        }
      }
      if (!signal.aborted) result ??= resultOf(reading, headers);
    }
  } catch (error) {
    if (!signal.aborted) {
      const failed = reading.failed(error);
      result = counted({ ...failed, headers: { ...headers, ...failed.headers } }, reading);
    }
  } finally {
    listening[Symbol.dispose]();
    leaving.abort(letGo);
  }
  result ??= counted({ ok: false, failure: cancelled, headers }, reading);
  yield { kind: 'end', result: reading.noticed(result) };
}

/** Made once: each stream is let go, and nobody is told why. */
const letGo = new DOMException('The stream is over.', 'AbortError');

/** Why a stream is no answer, as its last part shows. */
function failureIn(
  part: LanguageModelV4StreamPart,
  { answer, told }: StreamReading,
  headers: ResponseHeaders,
): ProviderFailure | undefined {
  // Not every SDK makes an error of its own of each chunk that tells one.
  if (part.type === 'error' || (part.type === 'raw' && tellsError(answer.lastChunk))) {
    const error = part.type === 'error' ? part.error : undefined;
    return told(error, answer.lastChunk, headers);
  }
  return answer.isTooLarge ? { ...tooLarge, httpStatus: 200 } : undefined;
}

/** What a stream comes to that has ended by itself. */
function resultOf(reading: StreamReading, headers: ResponseHeaders): ProviderResult {
  const whole = reading.answer.whole();
  if (whole !== undefined) return reading.concluded(whole, headers);
  return counted({ ok: false, failure: unfinished, headers }, reading);
}

function counted(
  result: Extract<ProviderResult, { ok: false }>,
  reading: StreamReading,
): Extract<ProviderResult, { ok: false }> {
  const usage = reading.usage();
  return { ...result, ...(usage !== undefined && { usage }) };
}
