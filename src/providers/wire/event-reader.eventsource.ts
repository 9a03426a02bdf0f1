import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Timers } from '../../system/timers.ts';
import type { BodyReader, ReadableBody } from '../transport/body.ts';
import { TransportError } from '../transport/transport-error.ts';
import { hearEvent, hearPlain, type Heard } from './hear.ts';
import type { StreamEnding, WireDialect } from './wire.ts';

/** How long the body's own end is waited for after the marker, so that its connection can be used again. */
const lingerMs = 100;

/** How long more is waited for once the model has said why it ended: counts come after it, and a marker. */
const afterReasonMs = 500;

/** More than an error would take; a body that is no event stream is otherwise of no interest. */
const maxPlainChars = 65_536;

/** Characters of one event at most: the last one of some dialects holds the whole answer, each character in six. */
const MAX_EVENT_CHARACTERS = 24_000_000;

/** The next bytes, or the end, proper or not. */
type Next = Uint8Array | 'end';

function readNext(source: BodyReader): Promise<Next> {
  return source.read().then(
    ({ done, value }) => (done ? 'end' : value),
    () => 'end',
  );
}

/** The events of a stream. */
export interface HeardEvents {
  /** What comes next, as far as it comes together, and at least something; undefined: the stream has ended. */
  next(): Promise<readonly Heard[] | undefined>;
  /** What is still to come is not wanted. Never rejects. */
  cancel(reason?: unknown): Promise<void>;
}

/**
 * A stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) as it may be read:
 * unknown events are passed over, and the stream ends when its dialect says so, whatever its connection does
 * afterwards: it may stay open, break, or go on with rubbish. What ends before that ends here just so.
 */
export function hearEvents(body: ReadableBody, dialect: WireDialect, timers: Timers): HeardEvents {
  return new EventReader(body, dialect, timers);
}

/** The same as a body for the SDK. */
export function readEvents(body: ReadableBody, dialect: WireDialect, timers: Timers): ReadableBody {
  return {
    getReader() {
      const events = new EventReader(body, dialect, timers);
      const encoder = new TextEncoder();
      return {
        async read() {
          const heard = await events.next();
          if (heard === undefined) return { done: true, value: undefined };
          return {
            done: false,
            value: encoder.encode(heard.map(({ data }) => `data: ${data}\n\n`).join('')),
          };
        },
        cancel: (reason) => events.cancel(reason),
        releaseLock() {
          // Nobody else reads it.
        },
      };
    },
  };
}

class EventReader implements HeardEvents {
  readonly #source: BodyReader;
  readonly #dialect: WireDialect;
  readonly #timers: Timers;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (event) => this.#take(event),
    onError: ({ type }) => void (this.#isFlooded ||= type === 'max-buffer-size-exceeded'),
  });
  #ending: StreamEnding;
  /** Something came behind a reason that cannot be read. */
  #isRubbish = false;
  #isOver = false;
  #isFlooded = false;
  #ready: Heard[] = [];
  /** The body, when it is none of events; undefined before anything has come. */
  #plain: string | undefined;
  #isPlain: boolean | undefined;

  constructor(body: ReadableBody, dialect: WireDialect, timers: Timers) {
    this.#source = body.getReader();
    this.#dialect = dialect;
    this.#timers = timers;
  }

  async next(): Promise<readonly Heard[] | undefined> {
    while (this.#ready.length === 0 && !this.#isOver && !this.#isFlooded) await this.#advance();
    if (this.#ready.length === 0 && this.#isFlooded) {
      await this.cancel();
      throw new TransportError('MALFORMED', 'an event of the stream is too large', 200);
    }
    if (this.#ready.length === 0) return undefined;
    const heard = this.#ready;
    this.#ready = [];
    return heard;
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    await this.#source.cancel(reason);
  }

  async #advance(): Promise<void> {
    switch (this.#ending) {
      case 'marker':
        return await this.#linger();
      case 'reason':
        return await this.#hearOut();
      default: {
        const { done, value } = await this.#source.read();
        return done ? await this.#end() : this.#feed(this.#decoder.decode(value, { stream: true }));
      }
    }
  }

  /** Hears what comes behind a reason, until nothing does; a break is an end there like any other. */
  async #hearOut(): Promise<void> {
    const silence = Promise.withResolvers<'silence'>();
    using _limit = this.#timers.after(afterReasonMs, () => silence.resolve('silence'));
    // What only keeps the connection alive does not count as something that comes.
    while (this.#ready.length === 0 && this.#ending === 'reason' && !this.#isRubbish) {
      const next = await Promise.race([readNext(this.#source), silence.promise]);
      if (!(next instanceof Uint8Array)) return await this.#end();
      this.#feed(this.#decoder.decode(next, { stream: true }));
    }
    return this.#isRubbish ? await this.#end() : undefined;
  }

  async #linger(): Promise<void> {
    this.#isOver = true;
    const silence = Promise.withResolvers<'silence'>();
    using _limit = this.#timers.after(lingerMs, () => silence.resolve('silence'));
    let next: Next | 'silence';
    do next = await Promise.race([readNext(this.#source), silence.promise]);
    while (next instanceof Uint8Array);
    if (next === 'silence') await this.#source.cancel();
  }

  /** The end of a stream without a marker. */
  async #end(): Promise<void> {
    if (!this.#isRubbish) this.#feed(`${this.#decoder.decode()}\n\n`);
    if (this.#isPlain === true) this.#hear(hearPlain(this.#plain ?? '', this.#dialect));
    if (this.#ending === 'reason' && this.#dialect.closing !== undefined) {
      const { closing: value } = this.#dialect;
      this.#ready.push({ kind: 'event', data: JSON.stringify(value), value, ending: undefined });
    }
    await this.cancel();
  }

  #feed(text: string): void {
    if (this.#isPlain === undefined && text.trim() !== '') this.#isPlain = /^\s*[[{]/.test(text);
    if (this.#isPlain !== true) this.#parser.feed(text);
    else if ((this.#plain?.length ?? 0) < maxPlainChars) this.#plain = (this.#plain ?? '') + text;
  }

  #take(event: EventSourceMessage): void {
    const isAtEnd = this.#ending === 'marker' || this.#isRubbish || this.#isOver;
    if (!isAtEnd) this.#hear(hearEvent(event, this.#dialect));
  }

  #hear(heard: Heard): void {
    if (heard.kind === 'unreadable' && this.#ending === 'reason') {
      this.#isRubbish = true;
      return;
    }
    if (heard.data !== undefined) this.#ready.push(heard);
    this.#ending = heard.ending ?? this.#ending;
  }
}
