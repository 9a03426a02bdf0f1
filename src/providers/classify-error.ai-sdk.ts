import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  NoContentGeneratedError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { classifyHttpFailure } from './classify-failure.ts';
import type { ProviderFailure } from './failure.ts';
import { findTransportError } from './transport-error.ts';

/** The failure that something thrown by an SDK means; undefined when it is nobody's but our own. */
export function classifyError(error: unknown, nowMs: number): ProviderFailure | undefined {
  const transport = findTransportError(error);
  if (transport !== undefined) {
    const { failureClass, message, httpStatus } = transport;
    return {
      failureClass,
      message: `The provider cannot be reached or read: ${message}.`,
      ...(httpStatus && { httpStatus }),
    };
  }
  if (APICallError.isInstance(error)) return classifyApiError(error, nowMs);
  if (malformedErrors.some((kind) => kind.isInstance(error))) return malformed;
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

function classifyApiError(error: APICallError, nowMs: number): ProviderFailure {
  const { statusCode: status = 200, responseHeaders: headers = {}, responseBody: body = '' } = error;
  // For an error told in a response of status 200 the SDK invents a status, but keeps the parsed body.
  if (typeof body !== 'string' || status === 200) return malformed;
  return classifyHttpFailure({ status, headers, body }, nowMs);
}
