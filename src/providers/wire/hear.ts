import { mendJson } from './mend.ts';
import { tellsError } from './raw-body.ts';
import { disarm } from './disarm.ts';
import { isJson, type Json } from './sound-json.ts';
import type { StreamEnding, WireDialect } from './wire.ts';

/** An event as it came. */
export interface WireEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** What is to be made of an event: what is handed on of it, and how far it takes the stream. */
export interface Heard {
  readonly kind: 'event' | 'unreadable';
  /** One line; undefined when the event is passed over. */
  readonly data: string | undefined;
  /** What the line says; undefined when that is nothing, or cannot be read. */
  readonly value?: Json;
  readonly ending: StreamEnding;
}

const passedOver: Heard = { kind: 'event', data: undefined, ending: undefined };
/** No JSON, instead of what nobody could walk. */
const bottomless: Heard = { kind: 'unreadable', data: '{', ending: undefined };
const marker: Heard = { kind: 'event', data: undefined, ending: 'marker' };

/** What ends the streams of OpenAI and all who copy it. */
const done = '[DONE]';

/** Events that only keep a connection alive, and are not always JSON. */
const heartbeats = new Set<string | undefined>(['ping', 'heartbeat', 'keepalive', 'keep-alive']);

/** Hears one event of a stream in this dialect. */
export function hearEvent({ event, data }: WireEvent, dialect: WireDialect): Heard {
  const trimmed = data.trim();
  if (trimmed === '' || heartbeats.has(event)) return passedOver;
  if (trimmed.length === done.length && trimmed.toUpperCase() === done) return marker;
  const mended = mend(trimmed);
  const value = parse(mended);
  if (mended === '') return bottomless;
  if (value === undefined) return hearText(event, trimmed, dialect);
  if (!isJson(value)) return passedOver;
  const state = disarm(value, mended);
  if (state === 'too deep') return bottomless;
  if (tellsError(value)) return tell(value, dialect);
  if (event === 'error') return tell({ error: value }, dialect);
  const sound = dialect.event(value);
  if (!isJson(sound)) return passedOver;
  const isOneLine = !mended.includes('\n') && !mended.includes('\r');
  const isAsCame = sound === value && state === 'as it was' && isOneLine;
  return {
    kind: 'event',
    data: isAsCame ? mended : JSON.stringify(sound),
    value: sound,
    ending: dialect.endingOf(sound),
  };
}

/** Hears a body that came instead of a stream: it may tell an error, and is nothing else. */
export function hearPlain(body: string, dialect: WireDialect): Heard {
  const parsed = parse(mend(body));
  const value = Array.isArray(parsed) ? (parsed as readonly unknown[])[0] : parsed;
  if (!isJson(value) || disarm(value, body) === 'too deep' || !tellsError(value)) return passedOver;
  return tell(value, dialect);
}

/** A whole answer as it may be read; a text that is none when there is none in it. */
export function readAnswer(body: string, dialect: WireDialect): Json | string {
  const mended = mend(body);
  const value = parse(mended);
  if (!isJson(value)) return mended === '' ? '' : body;
  if (disarm(value, mended) === 'too deep') return '';
  const sound = tellsError(value) ? value : dialect.answer(value);
  return isJson(sound) ? sound : value;
}

/** A whole answer as the SDK can read it; undefined when it is to be read as it came. */
export function hearAnswer(body: string, dialect: WireDialect): string | undefined {
  const mended = mend(body);
  const value = parse(mended);
  if (!isJson(value)) return mended === '' ? '' : undefined;
  const state = disarm(value, mended);
  if (state === 'too deep') return '';
  const sound = tellsError(value) ? value : dialect.answer(value);
  if (sound !== undefined && (sound !== value || state === 'disarmed')) return JSON.stringify(sound);
  return mended === body ? undefined : mended;
}

function hearText(event: string | undefined, text: string, dialect: WireDialect): Heard {
  return event === 'error' ? tell({ error: { message: text } }, dialect) : unreadable(text);
}

function tell(error: Json, dialect: WireDialect): Heard {
  const value = dialect.told?.(error) ?? error;
  return { kind: 'event', data: JSON.stringify(value), value, ending: undefined };
}

/** Handed on all the same, so that the SDK finds what we found. */
function unreadable(text: string): Heard {
  return { kind: 'unreadable', data: text.replaceAll(/[\r\n]/g, ' '), ending: undefined };
}

/** Empty for what is nested too deeply to be written again. */
function mend(text: string): string {
  try {
    return mendJson(text);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is no JSON: what becomes of that is for the caller to say.
    return undefined;
  }
}
