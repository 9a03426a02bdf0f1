import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { buildConnector } from 'undici';
import type { OpenSocket, ProviderSockets } from '../../system/resources/sockets.ts';
import { InterimFilter } from './interim-filter.ts';

/** One connection to a provider, as long as it stands: what it has carried, and whether it has spoken since. */
class Line {
  readonly #interim = new InterimFilter();
  readonly #place: OpenSocket;
  #requests = 0;
  #hasSpoken = false;

  /** Listens in on a socket, and takes interim responses out of what undici reads from it. */
  constructor(socket: Socket, place: OpenSocket) {
    this.#place = place;
    socket.once('close', () => place[Symbol.dispose]());
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      for (let bytes = read(size); bytes !== null; bytes = read(size)) {
        this.#hasSpoken = true;
        const passed = this.#interim.pass(bytes);
        if (passed !== null) return asBuffer(passed);
      }
      return null;
    };
  }

  /** Counts a request that is about to be written, and says whether others went before it. */
  carry(): boolean {
    this.#place.use();
    this.#requests += 1;
    this.#hasSpoken = false;
    this.#interim.expectHead();
    return this.#requests > 1;
  }

  /** Its request has ended: it may be closed for want of room. */
  rest(): void {
    this.#place.rest();
  }

  /** Whether anything has come since the last request, interim responses included. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a client's connector has opened last; undefined before the first. */
interface Exchange {
  line: Line | undefined;
}

/**
 * An undici client, which is one connection at a time, that sends a request once more when a *reused* connection
 * was lost before a byte of its answer came. Providers close idle connections without a word, and a request that
 * meets that says nothing about how they are. The client's connection is gone by then, so that it opens a new one;
 * what fails there, or on a connection that was new, is the provider's failure. The body is text and can be sent
 * again, however much of it was already on its way.
 */
export class LineClient extends Client {
  readonly #exchange: Exchange;

  private constructor(origin: URL, options: Client.Options, exchange: Exchange) {
    super(origin, options);
    this.#exchange = exchange;
  }

  /** A client whose connections are opened by this connector, and counted among those to providers. */
  static create(
    origin: URL,
    options: Client.Options,
    { connect, sockets }: { readonly connect: buildConnector.connector; readonly sockets: ProviderSockets },
  ): LineClient {
    const exchange: Exchange = { line: undefined };
    const listeningIn: buildConnector.connector = (target, callback) => {
      let opened: Socket | undefined;
      const place = sockets.open(() => opened?.destroy());
      connect(target, (...result) => {
        if (result[0] === null) exchange.line = new Line((opened = result[1]), place);
        else place[Symbol.dispose]();
        callback(...result);
      });
    };
    return new LineClient(origin, { ...options, connect: listeningIn }, exchange);
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const again = (): void => void super.dispatch(options, new Carried(handler, this.#exchange, undefined));
    return super.dispatch(options, new Carried(handler, this.#exchange, again));
  }
}

/** Hands on what undici reports of one request, but for a loss for which it is sent `again`. */
class Carried implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #exchange: Exchange;
  readonly #again: (() => void) | undefined;
  #line: Line | undefined;
  #reusedLine: Line | undefined;

  constructor(handler: Dispatcher.DispatchHandler, exchange: Exchange, again: (() => void) | undefined) {
    this.#handler = handler;
    this.#exchange = exchange;
    this.#again = again;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    const { line } = this.#exchange;
    this.#line = line;
    this.#reusedLine = line?.carry() === true ? line : undefined;
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(...started: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...started);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(...ended: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#line?.rest();
    this.#handler.onResponseEnd?.(...ended);
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#line?.rest();
    const wasLost = this.#reusedLine?.hasSpoken === false && controller?.aborted !== true;
    if (wasLost && this.#again !== undefined) this.#again();
    else this.#handler.onResponseError?.(controller as Dispatcher.DispatchController, error);
  }
}
