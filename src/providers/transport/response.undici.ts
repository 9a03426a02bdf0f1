import type { Dispatcher } from 'undici';
import type { ReadableBody } from './body.ts';

/** What the SDKs touch of a Response: status, iterable headers with `get`, and a body to be read through a reader. */
export class PlainResponse {
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: ReadableBody;

  constructor(
    status: number,
    statusText: string,
    headers: Dispatcher.ResponseData['headers'],
    body: ReadableBody,
  ) {
    this.status = status;
    this.statusText = statusText;
    this.ok = status >= 200 && status < 300;
    this.headers = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    this.body = body;
  }

  /** The same response with what its body has become, and with more headers. */
  withBody(body: ReadableBody, more: Readonly<Record<string, string>> = {}): PlainResponse {
    const headers = { ...Object.fromEntries(this.headers), ...more };
    return new PlainResponse(this.status, this.statusText, headers, body);
  }
}
