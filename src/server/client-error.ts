import { GraphQLError } from 'graphql';
import { asNotFound, asUnavailable } from '../storage/storage-fault.ts';
import { ExpectedError, RateLimitedError, UnavailableError } from '../system/expected-error.ts';
import type { Log } from '../system/log.ts';
import { inSeconds } from './bounds/refuse.ts';

/** Faults of the client's are told, expected errors carry their code, and anything else is masked and logged. */
export function toClientError(error: unknown, log: Log): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  const root = rootCause(error);
  const cause = asUnavailable(root) ?? asNotFound(root) ?? root;
  if (located !== undefined && cause instanceof GraphQLError) return withCode(located);
  const { nodes, path } = located ?? {};
  const fault = (message: string, extensions: Readonly<Record<string, unknown>>) =>
    new GraphQLError(message, { nodes: nodes ?? null, path: path ?? null, extensions });
  if (cause instanceof ExpectedError) {
    return fault(cause.message, { code: cause.code, ...retryOf(cause, path === undefined) });
  }
  log.error('A request met a fault of ours.', { err: cause });
  return fault('Something went wrong on our side; it has been logged.', {
    code: 'INTERNAL',
    // Without a path nothing was executed, and there is no data for a status of 200 to announce.
    ...(path === undefined && { http: { status: 500 } }),
  });
}

/** When to come back, in the error and, where nothing was executed, in the answer's status and header. */
function retryOf(error: ExpectedError, isAll: boolean): Readonly<Record<string, unknown>> {
  if (!(error instanceof RateLimitedError || error instanceof UnavailableError)) return {};
  const { retryAfterMs } = error;
  const headers = retryAfterMs !== null && { 'retry-after': inSeconds(retryAfterMs) };
  const http = { status: error instanceof RateLimitedError ? 429 : 503, headers: { ...headers } };
  return { ...(retryAfterMs !== null && { retryAfterMs }), ...(isAll && { http }) };
}

/** What was thrown first, below the errors that only tell where it surfaced. */
function rootCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError != null
    ? rootCause(error.originalError)
    : error;
}

/** The error as GraphQL's own libraries made it, with a code where they gave none. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions['code'] !== undefined) return error;
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: { ...extensions, code: 'INVALID_INPUT' },
  });
}
