import { Buffer } from 'node:buffer';
import type { Timers } from '../../system/timers.ts';
import type { BodyChunk, BodyReader, ReadableBody } from '../transport/body.ts';
import { TransportError } from '../transport/transport-error.ts';
import { tellException } from './converse.ts';
import { disarm } from './disarm.ts';
import { frameBytes, readFrame, writeFrame, type Frame } from './frame.node.ts';
import { isJson, type Json } from './sound-json.ts';
import type { StreamEnding, WireDialect } from './wire.ts';

/** How long more is waited for once the model has said why it ended: its counts come after it. */
const AFTER_REASON_MS = 500;
/** How long the body's own end is waited for after the last message, so that its connection can be used again. */
const LINGER_MS = 100;

/**
 * A stream of AWS messages (https://smithy.io/2.0/aws/amazon-eventstream.html) as the SDK can read it: unknown ones are
 * passed over, errors are told in the usual words, and it ends when its dialect says so, whatever its connection does
 * afterwards. Bytes that are no messages are MALFORMED.
 */
export function readFrames(body: ReadableBody, dialect: WireDialect, timers: Timers): ReadableBody {
  return { getReader: () => new FrameReader(body.getReader(), dialect, timers) };
}

type Next = Uint8Array | 'end' | 'silence';

class FrameReader implements BodyReader {
  readonly #source: BodyReader;
  readonly #dialect: WireDialect;
  readonly #timers: Timers;
  /** What has come of a message, and how many bytes it takes to read on. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #neededBytes = 0;
  #failure: Error | undefined;
  #ready: Buffer[] = [];
  #ending: StreamEnding;
  #isOver = false;

  constructor(source: BodyReader, dialect: WireDialect, timers: Timers) {
    this.#source = source;
    this.#dialect = dialect;
    this.#timers = timers;
  }

  async read(): Promise<BodyChunk> {
    while (this.#ready.length === 0 && !this.#isOver) await this.#advance();
    if (this.#ready.length === 0 && this.#failure !== undefined) throw this.#failure;
    if (this.#ready.length === 0) return { done: true, value: undefined };
    const value = Buffer.concat(this.#ready);
    this.#ready = [];
    return { done: false, value };
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    await this.#source.cancel(reason);
  }

  releaseLock(): void {
    // Nobody else reads it.
  }

  async #advance(): Promise<void> {
    if (this.#ending === 'marker') return await this.#linger();
    if (this.#ending === 'reason') {
      const next = await this.#within(AFTER_REASON_MS);
      return next instanceof Uint8Array ? this.#feed(next) : await this.cancel();
    }
    const { done, value } = await this.#source.read();
    if (!done) return this.#feed(value);
    this.#isOver = true;
    // What broke off within a message is an end without a reason, like any other.
  }

  async #linger(): Promise<void> {
    this.#isOver = true;
    let next: Next;
    do next = await this.#within(LINGER_MS);
    while (next instanceof Uint8Array);
    if (next === 'silence') await this.#source.cancel();
  }

  async #within(limitMs: number): Promise<Next> {
    const silence = Promise.withResolvers<'silence'>();
    using _limit = this.#timers.after(limitMs, () => silence.resolve('silence'));
    const read = this.#source.read().then(
      ({ done, value }): Next => (done ? 'end' : value),
      (): Next => 'end',
    );
    return await Promise.race([read, silence.promise]);
  }

  #feed(chunk: Uint8Array): void {
    this.#waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes < this.#neededBytes) return;
    let bytes = Buffer.concat(this.#waiting);
    try {
      for (let read = readFrame(bytes); read !== undefined; read = readFrame(bytes)) {
        bytes = bytes.subarray(read.end);
        if (this.#ending !== 'marker') this.#hear(read.frame);
      }
      this.#neededBytes = frameBytes(bytes);
    } catch (error) {
      // Behind a reason nothing is missing.
      if (this.#ending === undefined) this.#failure = error as Error;
      this.#isOver = true;
      void this.#source.cancel();
    }
    this.#waiting = [bytes];
    this.#waitingBytes = bytes.length;
  }

  #hear({ headers, payload }: Frame): void {
    const kind = headers.get(':message-type');
    if (kind === 'exception' || kind === 'error') {
      const name = headers.get(':exception-type') ?? headers.get(':error-code') ?? '';
      const said = parse(payload) ?? { message: headers.get(':error-message') };
      this.#hand(tellException(name, said));
      this.#ending = 'marker';
      return;
    }
    const name = headers.get(':event-type');
    if (kind !== 'event' || name === undefined) return;
    const value = parse(payload);
    if (value === undefined) {
      if (this.#ending !== undefined) return;
      throw new TransportError('MALFORMED', 'a message of the stream holds no JSON', 200);
    }
    const sound = this.#dialect.event({ [name]: value });
    if (!isJson(sound)) return;
    this.#hand(sound);
    this.#ending = this.#dialect.endingOf(sound) ?? this.#ending;
  }

  #hand(event: Json): void {
    for (const [name, value] of Object.entries(event)) {
      const headers = new Map([
        [':message-type', 'event'],
        [':event-type', name],
        [':content-type', 'application/json'],
      ]);
      this.#ready.push(writeFrame({ headers, payload: JSON.stringify(value) }));
    }
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) && disarm(value, text) !== 'too deep' ? value : undefined;
  } catch {
    // It is no JSON: what becomes of that is for the caller to say.
    return undefined;
  }
}
