import type { ServerResponse } from 'node:http';

/** How a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Milliseconds after which the same request makes sense; absent: it is not for time to help. */
  readonly retryAfterMs?: number | null;
}

/** Answers a request with an error in the form that GraphQL has for it, and says in a header when to come back. */
export function refuse(response: ServerResponse, { status, code, message, retryAfterMs }: Refusal): void {
  const retry = retryAfterMs != null && { retryAfterMs };
  if (retry) response.setHeader('Retry-After', inSeconds(retry.retryAfterMs));
  answer(response, status, { errors: [{ message, extensions: { code, ...retry } }] });
}

/** `Retry-After` knows whole seconds (RFC 9110 §10.2.3): none is sooner than it was said to be. */
export function inSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/** Answers a request with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  contentType = 'application/json; charset=utf-8',
): void {
  const text = JSON.stringify(body);
  // Whoever knows the length beforehand need not take the answer to pieces.
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': contentType, 'content-length': length }).end(text);
}
