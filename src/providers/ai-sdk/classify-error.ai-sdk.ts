import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  NoContentGeneratedError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { classifyHttpFailure, classifyToldError } from '../classify-failure.ts';
import type { ProviderFailure } from '../failure.ts';
import type { ResponseHeaders } from '../provider.ts';
import { findTransportError } from '../transport/transport-error.ts';

/** The failure that something thrown by an SDK means; undefined when it is nobody's but our own. */
export function classifyError(error: unknown, nowMs: number): ProviderFailure | undefined {
  const transport = findTransportError(error);
  if (transport !== undefined) {
    const { failureClass, message, httpStatus } = transport;
    const deed =
      failureClass === 'INTERNAL' ? 'The call failed on our side' : 'The provider cannot be reached or read';
    return {
      failureClass,
      message: `${deed}: ${message}.`,
      ...(httpStatus && { httpStatus }),
    };
  }
  if (APICallError.isInstance(error)) return classifyApiError(error, nowMs);
  if (malformedErrors.some((kind) => kind.isInstance(error)) || isUnreadFirstEvent(error)) return malformed;
  if (unsupportedErrors.some((kind) => kind.isInstance(error))) {
    return {
      failureClass: 'INVALID_REQUEST',
      message: 'This request cannot be put in the words of this provider.',
    };
  }
  return undefined;
}

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
export function classifyStreamError({ error, chunk, headers }: StreamError, nowMs: number): ProviderFailure {
  if (tellsError(chunk)) return classifyToldError({ headers, body: JSON.stringify(chunk) }, nowMs);
  return classifyError(error, nowMs) ?? malformed;
}

/** Whether a chunk of any dialect is about an error. */
function tellsError(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false;
  const { type, error, response } = chunk as {
    type?: unknown;
    error?: unknown;
    response?: { error?: unknown };
  };
  return error != null || type === 'error' || response?.error != null;
}

function classifyApiError(error: APICallError, nowMs: number): ProviderFailure {
  const { statusCode: status = 200, responseHeaders: headers = {}, responseBody: body = '' } = error;
  // For an error told in a response of status 200 the SDK invents a status, but keeps the parsed body.
  if (typeof body !== 'string' || status === 200) return malformed;
  return classifyHttpFailure({ status, headers, body }, nowMs);
}
