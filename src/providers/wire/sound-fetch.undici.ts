import { Buffer } from 'node:buffer';
import type { Timers } from '../../system/timers.ts';
import { wholeBody, type BodyReader, type ReadableBody } from '../transport/body.ts';
import type { PlainResponse } from '../transport/response.undici.ts';
import { readEvents } from './event-reader.eventsource.ts';
import { readFrames } from './frame-reader.node.ts';
import { hearAnswer } from './hear.ts';
import type { WireDialect } from './wire.ts';

type Fetch = typeof globalThis.fetch;

/**
 * A header that only responses of success are handed on with: the SDKs give the errors that they find in one a
 * status of their own, and this tells them from those that had it.
 */
export const answeredHeader = 'x-switchyard-answered';

/** A fetch whose successful responses are whole answers that the SDK can read. */
export function soundAnswers(fetch: Fetch, dialect: WireDialect): Fetch {
  return through(fetch, async ({ body }) => {
    const bytes = await readWhole(body.getReader());
    const sound = hearAnswer(decoder.decode(bytes), dialect);
    return wholeBody(sound === undefined ? bytes : Buffer.from(sound));
  });
}

/** A fetch whose successful responses are streams of events that the SDK can read. */
export function soundStreams(fetch: Fetch, dialect: WireDialect, timers: Timers): Fetch {
  return through(fetch, ({ body }) => readEvents(body, dialect, timers));
}

/** A fetch whose successful responses are streams of AWS messages that the SDK can read. */
export function soundFrames(fetch: Fetch, dialect: WireDialect, timers: Timers): Fetch {
  return through(fetch, ({ body }) => readFrames(body, dialect, timers));
}

function through(
  fetch: Fetch,
  sound: (response: PlainResponse) => ReadableBody | Promise<ReadableBody>,
): Fetch {
  return async (input, init) => {
    const response = (await fetch(input, init)) as unknown as PlainResponse;
    if (!response.ok) return response as unknown as Response;
    const headers = new Map(response.headers).set(answeredHeader, String(response.status));
    return response.withBody(await sound(response), headers) as unknown as Response;
  };
}

const decoder = new TextDecoder();

/** The whole body of a response. */
export async function readText({ body }: Pick<PlainResponse, 'body'>): Promise<string> {
  return decoder.decode(await readWhole(body.getReader()));
}

async function readWhole(reader: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
  }
  const [only = new Uint8Array(0), ...more] = chunks;
  return more.length === 0 ? only : Buffer.concat(chunks);
}
