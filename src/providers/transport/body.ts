/** A body that can be read once, from its beginning. */
export interface ReadableBody {
  getReader(): BodyReader;
}

/** What the SDKs use of a stream's reader. */
export interface BodyReader {
  read(): Promise<BodyChunk>;
  /** What is still to come is not wanted. Never rejects. */
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/** A piece of a body, or its end. */
export type BodyChunk =
  { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };

const bodyEnd: BodyChunk = { done: true, value: undefined };

/** A body that is already here: a stream's machinery would cost more than all else of a call. */
export function wholeBody(bytes: Uint8Array): ReadableBody {
  const body = new QueuedBody({ resume: () => undefined, cancel: () => undefined });
  body.push(bytes);
  body.end();
  return body;
}

/** Where a queued body comes from. */
export interface BodySource {
  /** There is room for more. */
  resume(): void;
  /** No more is wanted. */
  cancel(): void;
}

/** How much of a body waits for its consumer before its source is asked to pause. */
const readAheadBytes = 16 * 1024;

/**
 * A body on its way. Unlike a web stream, it hands out everything that came before a break, and then the break: what
 * an answer ends with often comes together with the connection's own end.
 */
export class QueuedBody implements ReadableBody, BodyReader {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #reading: PromiseWithResolvers<BodyChunk> | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  getReader(): BodyReader {
    return this;
  }

  /** Adds a piece; returns whether there is room for another. */
  push(chunk: Uint8Array): boolean {
    if (this.#end !== undefined) return true;
    if (this.#reading !== undefined) {
      this.#settle()?.resolve({ done: false, value: chunk });
      return true;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    return this.#waitingBytes < readAheadBytes;
  }

  /** Nothing more comes; `error` says why, where that is no proper end. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (error === undefined) this.#settle()?.resolve(bodyEnd);
    else this.#settle()?.reject(error);
  }

  /** Ends it at once: what has come is not wanted either. */
  drop(error: Error): void {
    this.#chunks = [];
    this.end(error);
  }

  async read(): Promise<BodyChunk> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#waitingBytes < readAheadBytes) this.#source.resume();
      return { done: false, value: chunk };
    }
    if (this.#end?.error !== undefined) throw this.#end.error;
    if (this.#end !== undefined) return bodyEnd;
    this.#reading = Promise.withResolvers();
    this.#source.resume();
    return this.#reading.promise;
  }

  cancel(): Promise<void> {
    this.#chunks = [];
    this.#end ??= { error: undefined };
    this.#settle()?.resolve(bodyEnd);
    this.#source.cancel();
    return Promise.resolve();
  }

  releaseLock(): void {
    // There is only one reader.
  }

  #settle(): PromiseWithResolvers<BodyChunk> | undefined {
    const reading = this.#reading;
    this.#reading = undefined;
    return reading;
  }
}
