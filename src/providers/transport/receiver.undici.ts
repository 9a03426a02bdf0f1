import { errors, type Dispatcher } from 'undici';
import { onAbort } from '../../system/abort.ts';
import { QueuedBody, wholeBody } from './body.ts';
import { headersOf, PlainResponse } from './response.undici.ts';
import { isOwnLack, TransportError } from './transport-error.ts';

/** The largest response body that is read. */
export const maxResponseBytes = 32 * 1024 * 1024;

/** The same of vectors: thousands of numbers for each of thousands of texts, some twenty characters each. */
export const maxVectorsBytes = 256 * 1024 * 1024;

/** Where a response goes once there is one. */
export interface ResponseSettlement {
  resolve(response: PlainResponse): void;
  reject(error: Error): void;
}

/**
 * Receives one response from undici: guards its size, says what a break means, and follows the caller's signal
 * until the body has ended. Ends once; what undici reports afterwards is of no interest.
 */
abstract class ResponseReceiver implements Dispatcher.DispatchHandler {
  protected controller: Dispatcher.DispatchController | undefined;
  protected status = 0;
  #statusText = '';
  #headers: Dispatcher.ResponseData['headers'] = {};
  #bytes = 0;
  #hasEnded = false;
  #abortReason: Error | undefined;
  readonly #listening: Disposable | undefined;

  readonly #maxBytes: number;

  /** The signal has not aborted yet. */
  constructor(signal: AbortSignal | null | undefined, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#listening = signal ? onAbort(signal, () => this.abort(signal.reason as Error)) : undefined;
  }

  /** A piece of the body, in order. */
  protected abstract take(chunk: Buffer): void;
  /** The body's proper end. */
  protected abstract end(): void;
  /** There is no response, or not the rest of it. */
  protected abstract fail(error: Error): void;

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.#abortReason !== undefined) controller.abort(this.#abortReason);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    statusText = '',
  ): void {
    this.status = status;
    this.#headers = headers;
    this.#statusText = statusText;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#hasEnded) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#cut('the response is too large');
    else this.take(chunk);
  }

  onResponseEnd(): void {
    if (this.#finish()) this.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    if (this.status > 0) this.#cut(`the response broke off (${code})`);
    else if (isOwnLack(error)) this.#fault('INTERNAL', `the request could not be sent (${code})`);
    else if (isNoHttp(error)) this.#fault('MALFORMED', 'the response is not HTTP');
    else this.#fault('CONNECTION', `the connection failed (${code})`);
  }

  /** Ends with this reason, and the connection too. */
  protected abort(reason: Error): void {
    if (!this.#finish()) return;
    this.#abortReason = reason;
    this.fail(reason);
    this.controller?.abort(reason);
  }

  protected response(body: PlainResponse['body']): PlainResponse {
    return new PlainResponse(this.status, this.#statusText, headersOf(this.#headers), body);
  }

  /** A success without its end is no success; an error's status says enough without the rest of its body. */
  #cut(reason: string): void {
    if (this.status < 400) this.#fault('MALFORMED', reason);
    else this.onResponseEnd();
    this.controller?.abort(new Error(reason));
  }

  #fault(failureClass: TransportError['failureClass'], reason: string): void {
    if (this.#finish()) this.fail(new TransportError(failureClass, reason, this.status || undefined));
  }

  /** Whether this is the first end. */
  #finish(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    this.#listening?.[Symbol.dispose]();
    return true;
  }
}

function isNoHttp(error: Error): boolean {
  return error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
}

/** Settles when the whole body is here. */
export class WholeReceiver extends ResponseReceiver {
  readonly #settlement: ResponseSettlement;
  readonly #chunks: Buffer[] = [];

  constructor(
    settlement: ResponseSettlement,
    signal: AbortSignal | null | undefined,
    maxBytes = maxResponseBytes,
  ) {
    super(signal, maxBytes);
    this.#settlement = settlement;
  }

  protected take(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  protected end(): void {
    const [only = Buffer.alloc(0), ...more] = this.#chunks;
    const body = more.length === 0 ? only : Buffer.concat(this.#chunks);
    this.#settlement.resolve(this.response(wholeBody(body)));
  }

  protected fail(error: Error): void {
    this.#settlement.reject(error);
  }
}

/**
 * Settles when the response begins. Its body is read from the socket only as it is read by its consumer; whatever
 * the network does then rejects a read with a TransportError, and cancelling it cuts the connection.
 */
export class StreamReceiver extends ResponseReceiver {
  readonly #settlement: ResponseSettlement;
  #body: QueuedBody | undefined;

  constructor(settlement: ResponseSettlement, signal: AbortSignal | null | undefined) {
    super(signal, maxResponseBytes);
    this.#settlement = settlement;
  }

  override onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
    statusText?: string,
  ): void {
    super.onResponseStart(controller, status, headers, statusText);
    this.#body = new QueuedBody({
      resume: () => controller.resume(),
      cancel: () => this.abort(new Error('the body is no longer wanted')),
    });
    this.#settlement.resolve(this.response(this.#body));
  }

  protected take(chunk: Buffer): void {
    // The parser reports the end of what it had as an empty piece, and would do so after every pause.
    if (this.#body === undefined || chunk.length === 0) return;
    if (!this.#body.push(chunk)) this.controller?.pause();
  }

  protected end(): void {
    this.#body?.end();
  }

  protected fail(error: Error): void {
    if (this.#body === undefined) this.#settlement.reject(error);
    else if (error instanceof TransportError) this.#body.end(error);
    else this.#body.drop(error);
  }
}
