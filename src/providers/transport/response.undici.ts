import type { Dispatcher } from 'undici';
import type { ReadableBody } from './body.ts';

/** What the SDKs touch of a Response: status, iterable headers with `get`, and a body to be read through a reader. */
export class PlainResponse {
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: ReadableBody;

  constructor(status: number, statusText: string, headers: ReadonlyMap<string, string>, body: ReadableBody) {
    this.status = status;
    this.statusText = statusText;
    this.ok = status >= 200 && status < 300;
    this.headers = headers;
    this.body = body;
  }

  /** The same response with what its body has become, and with these headers. */
  withBody(body: ReadableBody, headers = this.headers): PlainResponse {
    return new PlainResponse(this.status, this.statusText, headers, body);
  }
}

/** Headers as undici tells them. */
export function headersOf(told: Dispatcher.ResponseData['headers']): ReadonlyMap<string, string> {
  return new Map(Object.entries(told).map(([name, value]) => [name, String(value)]));
}
