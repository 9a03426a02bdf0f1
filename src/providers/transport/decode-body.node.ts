import { pipeline, Readable, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { ContentCoding } from './content-coding.ts';
import type { BodyChunk, BodyReader, ReadableBody } from './body.ts';
import { TransportError } from './transport-error.ts';

/** How a coded body is read. */
export interface Decoding {
  /** In the order in which they are to be undone; at least one. */
  readonly codings: readonly ContentCoding[];
  /** What is more than this when decoded is not read. */
  readonly maxBytes: number;
  /** The response's status. That of an error says enough: its body just ends where it cannot be read on. */
  readonly status: number;
}

/**
 * A body as it was before it was coded. It is read only as it is asked for, and cancelling it cancels its source.
 * What cannot be decoded, or grows too large, rejects a read with a TransportError; what rejects in the source
 * rejects here just so.
 */
export function decodeBody(body: ReadableBody, decoding: Decoding): ReadableBody {
  return { getReader: () => new DecodedReader(body, decoding) };
}

class DecodedReader implements BodyReader {
  readonly #source: BodyReader;
  readonly #decoding: Decoding;
  readonly #decoded: AsyncIterator<Uint8Array>;

  constructor(body: ReadableBody, decoding: Decoding) {
    this.#source = body.getReader();
    this.#decoding = decoding;
    this.#decoded = decoded(this.#source, decoding);
  }

  async read(): Promise<BodyChunk> {
    try {
      const next = await this.#decoded.next();
      return next.done === true ? { done: true, value: undefined } : { done: false, value: next.value };
    } catch (error) {
      const fault = this.#explain(error);
      await this.cancel(fault);
      if (this.#decoding.status >= 400) return { done: true, value: undefined };
      throw fault;
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#source.cancel(reason);
    await this.#decoded.return?.();
  }

  releaseLock(): void {
    // Nobody else reads it.
  }

  /** Decoders put a code of their own into their errors; the source's are ours already, or the caller's. */
  #explain(error: unknown): Error {
    if (error instanceof TransportError || !(error instanceof Error)) return error as Error;
    if (!('code' in error) || typeof error.code !== 'string') return error;
    const { codings, status } = this.#decoding;
    return new TransportError('MALFORMED', `the response is not ${codings.join(' in ')}`, status);
  }
}

/** What a source broke off with; a decoder must not hear of it, or it would throw away what it still holds. */
interface Break {
  error?: unknown;
}

async function* decoded(source: BodyReader, decoding: Decoding): AsyncGenerator<Uint8Array, void, void> {
  const broken: Break = {};
  try {
    yield* undone(chunksOf(source, broken), decoding);
  } catch (error) {
    throw 'error' in broken ? broken.error : error;
  }
  if ('error' in broken) throw broken.error;
}

async function* undone(
  chunks: AsyncGenerator<Uint8Array, void, void>,
  decoding: Decoding,
): AsyncGenerator<Uint8Array, void, void> {
  const first = await chunks.next();
  if (first.done === true) return;
  let body: AsyncIterable<Uint8Array> = startingWith(first.value, chunks);
  for (const [index, coding] of decoding.codings.entries()) {
    // Only the outermost coding can be looked into before anything is decoded.
    const decoder = decoders[coding](index === 0 ? first.value : undefined);
    // What breaks is told by the decoder's iterator.
    body = bounded(
      pipeline(Readable.from(body), decoder, () => undefined),
      decoding,
    );
  }
  yield* body;
}

/** A small body may unpack to a large one that unpacks to a small one: every layer has the same bound. */
async function* bounded(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, status }: Decoding,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TransportError('MALFORMED', 'the response is too large', status);
    yield chunk;
  }
}

async function* chunksOf(source: BodyReader, broken: Break): AsyncGenerator<Uint8Array, void, void> {
  try {
    for (let next = await source.read(); !next.done; next = await source.read()) {
      if (next.value.length > 0) yield next.value;
    }
  } catch (error) {
    broken.error = error;
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield first;
  yield* rest;
}

/** As lenient at the end as browsers are: whether an answer is whole is not for its coding's trailer to say. */
const lenientZlib = { finishFlush: constants.Z_SYNC_FLUSH };
const lenientBrotli = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
/** The window that RFC 9659 allows; larger ones would cost memory before a byte is out. */
const boundedZstd = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const decoders: Readonly<Record<ContentCoding, (first: Uint8Array | undefined) => Transform>> = {
  gzip: () => createGunzip(lenientZlib),
  // Some servers send deflate without the zlib header that it should have (RFC 1950 §2.2).
  deflate: (first) => (isZlib(first) ? createInflate(lenientZlib) : createInflateRaw(lenientZlib)),
  br: () => createBrotliDecompress(lenientBrotli),
  zstd: () => createZstdDecompress(boundedZstd),
};

/** The method, and the check of the two bytes of a zlib header (RFC 1950 §2.2). */
function isZlib(first: Uint8Array | undefined): boolean {
  const [method, flags] = first ?? [];
  if (method === undefined) return true;
  return (method & 0x0f) === 8 && (flags === undefined || (method * 256 + flags) % 31 === 0);
}
