import type { ServerResponse } from 'node:http';
import type { Refusal } from '../../server/bounds/refuse.ts';
import type { Exchange, HttpEndpoint } from '../../server/http-api.ts';
import { kindOfStatus, faultRows, retryHeaders, type Fault } from './fault.ts';

/** The body of a fault in the words of an API. */
export type FaultWording = (fault: Fault, requestId: string | null) => object;

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJsonText(response, status, JSON.stringify(body), headers);
}

/** The same with JSON that is text already. */
export function sendJsonText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  const length = String(Buffer.byteLength(text));
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': length,
      ...headers,
    })
    .end(text);
}

/** Answers with a fault, its status, and when to come back. */
export function sendFault(
  response: ServerResponse,
  fault: Fault,
  word: FaultWording,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { status } = faultRows[fault.kind];
  sendJson(response, status, word(fault, requestIdOf(response)), { ...headers, ...retryHeaders(fault) });
}

/** The id under which the answer goes. */
export function requestIdOf(response: ServerResponse): string | null {
  const id = response.getHeader('x-request-id');
  return typeof id === 'string' ? id : null;
}

/** How an endpoint says in its own words what the server has found wrong. */
export function refuseIn(word: (exchange: Exchange) => FaultWording): HttpEndpoint['refuse'] {
  return ({ status, message, retryAfterMs = null }: Refusal, exchange) => {
    const fault: Fault = { kind: kindOfStatus(status), message, param: null, retryAfterMs };
    sendFault(exchange.response, fault, word(exchange));
  };
}
