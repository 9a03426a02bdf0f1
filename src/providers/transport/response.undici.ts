import type { Dispatcher } from 'undici';

/** A body that can be read once, from its beginning. */
export interface ReadableBody {
  getReader(): Pick<ReadableStreamDefaultReader<Uint8Array>, 'cancel' | 'releaseLock'> & {
    read(): Promise<{ done: boolean; value: Uint8Array | undefined }>;
  };
}

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

  /** The same response with what its body has become. */
  withBody(body: ReadableBody): PlainResponse {
    return new PlainResponse(this.status, this.statusText, Object.fromEntries(this.headers), body);
  }
}

/** A body that is already here. */
export function wholeBody(bytes: Uint8Array): ReadableBody {
  return { getReader: () => new WholeBodyReader(bytes) };
}

/** One chunk, then the end: a stream's machinery would cost more than all else of a call. */
class WholeBodyReader {
  #rest: Uint8Array | undefined;
  constructor(body: Uint8Array) {
    this.#rest = body;
  }

  read(): Promise<{ done: boolean; value: Uint8Array | undefined }> {
    const value = this.#rest;
    this.#rest = undefined;
    return Promise.resolve({ done: value === undefined, value });
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }

  releaseLock(): void {
    // Nothing is locked.
  }
}
