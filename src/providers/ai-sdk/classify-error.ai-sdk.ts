import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  NoContentGeneratedError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { UnaskableError } from './adapt/required.ts';
import { classifyHttpFailure, classifyToldError } from '../classify-failure.ts';
import type { ProviderFailure } from '../failure.ts';
import type { Unspoken } from '../provider-words.ts';
import type { ResponseHeaders } from '../provider.ts';
import { findTransportError } from '../transport/transport-error.ts';
import { judgeEnding, readEnding } from '../wire/ending.ts';
import { endingWord, tellsError } from '../wire/raw-body.ts';
import { answeredHeader } from '../wire/sound-fetch.undici.ts';

/** What a failure is told with: the time, and what its words must not repeat. */
export interface Telling {
  readonly nowMs: number;
  readonly unspoken: Unspoken;
}

/** The failure that something thrown by an SDK means; undefined when it is nobody's but our own. */
export function classifyError(error: unknown, telling: Telling): ProviderFailure | undefined {
  const transport = findTransportError(error);
  if (transport !== undefined) {
    const { failureClass, message, httpStatus } = transport;
    const deed = deeds[failureClass];
    return {
      failureClass,
      message: `${deed}: ${message}.`,
      ...(httpStatus && { httpStatus }),
    };
  }
  if (error instanceof UnaskableError) return { failureClass: 'INVALID_REQUEST', message: error.message };
  if (InvalidArgumentError.isInstance(error) && error.argument === 'providerOptions') {
    const message = 'The adapter of this provider does not take these providerOptions.';
    return { failureClass: 'INVALID_REQUEST', message };
  }
  if (APICallError.isInstance(error)) return classifyApiError(error, telling);
  if (malformedErrors.some((kind) => kind.isInstance(error)) || isUnreadFirstEvent(error)) return malformed;
  if (unsupportedErrors.some((kind) => kind.isInstance(error))) {
    return {
      failureClass: 'INVALID_REQUEST',
      message: 'This request cannot be put in the words of this provider.',
    };
  }
  return undefined;
}

const deeds = {
  CONNECTION: 'The provider cannot be reached or read',
  MALFORMED: 'The provider cannot be reached or read',
  INTERNAL: 'The call failed on our side',
  AUTH: 'The provider’s credential cannot be used',
} as const;

const malformedErrors = [InvalidResponseDataError, NoContentGeneratedError, EmptyResponseBodyError];
const unsupportedErrors = [UnsupportedFunctionalityError, InvalidPromptError, InvalidArgumentError];

const malformed: ProviderFailure = {
  failureClass: 'MALFORMED',
  message: 'The provider answered 200 with something that is not an answer.',
  httpStatus: 200,
};

/** What the Anthropic SDK throws, without a class, when a stream begins with something that is no event. */
function isUnreadFirstEvent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Expected a normalized Anthropic stream error';
}

/** An error that arrived as a part of a stream. */
export interface StreamError {
  readonly error: unknown;
  /** The chunk that it was made from, as the provider sent it. */
  readonly chunk: unknown;
  readonly headers: ResponseHeaders;
}

/** The failure that an error amid a stream means: what the provider says of it, else that its chunk is no chunk. */
export function classifyStreamError(
  { error, chunk, headers }: StreamError,
  telling: Telling,
): ProviderFailure {
  return classifyBody(chunk, headers, telling) ?? classifyError(error, telling) ?? malformed;
}

function classifyApiError(error: APICallError, telling: Telling): ProviderFailure {
  const { statusCode: status = 200, responseHeaders: headers = {} } = error;
  const { text, parsed } = bodyOf(error);
  if (!isAnswered(error)) {
    return classifyHttpFailure({ status, headers, body: text }, telling.nowMs, telling.unspoken);
  }
  const failure = classifyBody(parsed, headers, telling);
  if (failure !== undefined || status === 200) return failure ?? malformed;
  return classifyToldError({ headers, body: text }, telling.nowMs, telling.unspoken);
}

/** The parsed body of a response of success that the SDK found no answer in; undefined where there was no such. */
export function answeredBody(error: unknown): unknown {
  return APICallError.isInstance(error) && isAnswered(error) ? bodyOf(error).parsed : undefined;
}

/** For an error told in a response of success the SDK invents a status. */
function isAnswered({ responseHeaders = {} }: APICallError): boolean {
  return answeredHeader in responseHeaders;
}

/** The SDK keeps a body as text or parsed. */
function bodyOf({ responseBody }: APICallError): { readonly text: string; readonly parsed: unknown } {
  const body: unknown = responseBody ?? '';
  if (typeof body === 'string') return { text: body, parsed: parseJson(body) };
  return { text: JSON.stringify(body), parsed: body };
}

/** What a body, or a chunk of one, that is no answer says of itself; undefined when it says nothing. */
export function classifyBody(
  body: unknown,
  headers: ResponseHeaders,
  { nowMs, unspoken }: Telling,
): ProviderFailure | undefined {
  if (tellsError(body)) return classifyToldError({ headers, body: JSON.stringify(body) }, nowMs, unspoken);
  const word = endingWord(body);
  const ending = readEnding(word);
  // Azure withholds the message itself when its filter has struck.
  if (ending === undefined || !wordsOfFailures.has(ending)) return undefined;
  const verdict = judgeEnding({ ending, saysWhy: true, hasText: false, calls: [] });
  return typeof verdict === 'object' ? { ...verdict, httpStatus: 200 } : undefined;
}

/** Ends that explain why there is nothing to be read. */
const wordsOfFailures: ReadonlySet<string> = new Set([
  'content_filter',
  'invalid_output',
  'invalid_request',
  'failed',
]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not even that.
    return undefined;
  }
}
