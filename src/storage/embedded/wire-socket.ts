import { Duplex } from 'node:stream';
import type { Engine } from './engine.ts';

/** Messages after which Postgres answers: Query, Sync and Flush. */
const ANSWERED = new Set(['Q', 'S', 'H'].map((letter) => letter.charCodeAt(0)));
const TERMINATE = 'X'.charCodeAt(0);
const STARTUP_HEADER_BYTES = 8;
const HEADER_BYTES = 5;

/**
 * A driver's connection to the embedded database: looks like a TCP socket and speaks the same wire protocol, so
 * that driver, adapter and error codes are those of real Postgres.
 */
export class WireSocket extends Duplex {
  readonly #engine: Engine;
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Nothing can be done before this many bytes are here; joining the pieces earlier would copy large messages often. */
  #neededBytes = STARTUP_HEADER_BYTES;
  #started = false;

  constructor(engine: Engine) {
    super();
    this.#engine = engine;
  }

  /** What the driver calls on a TCP socket; there is nobody to dial and nothing to tune. */
  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#neededBytes) return callback();
    this.#advance(Buffer.concat(this.#received)).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.push(null);
    callback();
  }

  async #advance(bytes: Buffer): Promise<void> {
    const rest = this.#started ? await this.#exchange(bytes) : await this.#start(bytes);
    this.#received.length = 0;
    this.#received.push(rest);
    this.#receivedBytes = rest.length;
  }

  /** The first message of a connection has no type byte. */
  async #start(bytes: Buffer): Promise<Buffer> {
    const length = bytes.readInt32BE(0);
    this.#neededBytes = length;
    if (bytes.length < length) return bytes;
    this.#started = true;
    await this.#engine.reset();
    this.push(await this.#engine.exchange(bytes.subarray(0, length)));
    return this.#exchange(bytes.subarray(length));
  }

  /** Hands over all complete messages up to the last that is answered; returns what remains. */
  async #exchange(bytes: Buffer): Promise<Buffer> {
    let offset = 0;
    let answered = 0;
    let lengthOfNext = HEADER_BYTES;
    let ends = false;
    while (bytes.length - offset >= HEADER_BYTES) {
      const type = bytes.readUInt8(offset);
      lengthOfNext = 1 + bytes.readInt32BE(offset + 1);
      if (bytes.length - offset < lengthOfNext) break;
      offset += lengthOfNext;
      lengthOfNext = HEADER_BYTES;
      if (ANSWERED.has(type)) answered = offset;
      ends ||= type === TERMINATE;
    }
    this.#neededBytes = offset - answered + lengthOfNext;
    if (answered > 0) this.push(await this.#engine.exchange(bytes.subarray(0, answered)));
    if (ends) this.push(null);
    return bytes.subarray(answered);
  }
}
