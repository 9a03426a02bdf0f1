import { Agent, errors, type Dispatcher } from 'undici';
import { createGuardedConnector } from './connector.undici.ts';
import { TransportError } from './transport-error.ts';

const idleSocketMs = 30_000;

/** The largest response body that is read. */
export const maxResponseBytes = 32 * 1024 * 1024;

/** A `fetch` over one pool of connections. Disposing of it cuts whatever is still open. */
export interface PooledFetch extends AsyncDisposable {
  readonly fetch: typeof globalThis.fetch;
}

/**
 * The part of fetch that the provider SDKs use, at a quarter of its cost: a URL, a method, plain headers, a text
 * body and a signal go in; a response whose body has been read goes out. Follows no redirect, retries nothing,
 * connects to no link-local or metadata address. An abort rejects at once with the signal's reason; whatever the
 * network does rejects with a TransportError.
 */
export function createPooledFetch(): PooledFetch {
  const agent = new Agent({
    connect: createGuardedConnector(),
    keepAliveTimeout: idleSocketMs,
    // How long an attempt may take is its caller's to say, by aborting.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    fetch: (input, init = {}) => send(agent, input as string, init) as Promise<unknown> as Promise<Response>,
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

async function send(agent: Agent, url: string, init: RequestInit): Promise<WholeResponse> {
  const signal = init.signal;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<WholeResponse>();
  const collector = new ResponseCollector(resolve, reject);
  const onAbort = () => collector.abort(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort);
  const { origin, pathname, search } = new URL(url);
  agent.dispatch(
    {
      origin,
      path: pathname + search,
      method: init.method ?? 'GET',
      headers: init.headers as Record<string, string>,
      body: init.body as string,
    },
    collector,
  );
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Gathers one response. Settles once; what undici reports afterwards is of no interest. */
class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: WholeResponse) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #abortReason: Error | undefined;
  #status = 0;
  #statusText = '';
  #headers: Dispatcher.ResponseData['headers'] = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(resolve: (response: WholeResponse) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortReason !== undefined) controller.abort(this.#abortReason);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    statusText = '',
  ): void {
    this.#status = status;
    this.#headers = headers;
    this.#statusText = statusText;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > maxResponseBytes) this.#cut('the response is too large');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [only = Buffer.alloc(0), ...more] = this.#chunks;
    this.#finish(more.length === 0 ? only : Buffer.concat(this.#chunks));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    if (this.#status > 0) this.#cut(`the response broke off (${code})`);
    else if (error instanceof errors.HTTPParserError) this.#fail('MALFORMED', 'the response is not HTTP');
    else this.#fail('CONNECTION', `the connection failed (${code})`);
  }

  /** A success without its end is no success; an error's status says enough without its body. */
  #cut(reason: string): void {
    if (this.#status >= 400) this.#finish(Buffer.alloc(0));
    else this.#fail('MALFORMED', reason);
    this.#controller?.abort(new Error(reason));
  }

  #fail(failureClass: TransportError['failureClass'], reason: string): void {
    this.#reject(new TransportError(failureClass, reason, this.#status || undefined));
  }

  #finish(body: Uint8Array): void {
    this.#resolve(new WholeResponse(this.#status, this.#statusText, this.#headers, body));
  }
}

/** What the SDKs touch of a Response: status, iterable headers with `get`, and a body to be read through a reader. */
class WholeResponse {
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: { getReader(): WholeBodyReader };

  constructor(
    status: number,
    statusText: string,
    headers: Dispatcher.ResponseData['headers'],
    body: Uint8Array,
  ) {
    this.status = status;
    this.statusText = statusText;
    this.ok = status >= 200 && status < 300;
    this.headers = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    this.body = { getReader: () => new WholeBodyReader(body) };
  }
}

/** Reads a body that is already here: one chunk, then the end. */
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
