import type { PlainResponse, ReadableBody } from '../transport/response.undici.ts';
import { mayNeedMending, mendJson } from './mend.ts';

type Fetch = typeof globalThis.fetch;
type Reader = ReturnType<ReadableBody['getReader']>;
type Read = Awaited<ReturnType<Reader['read']>>;

/**
 * A header that only responses of success are handed on with: the SDKs give the errors that they find in one a
 * status of their own, and this tells them from those that had it.
 */
export const answeredHeader = 'x-switchyard-answered';

/** A fetch whose answers are such that the SDKs can read them, as far as they are answers. */
export function soundFetch(fetch: Fetch, mode: 'whole' | 'streamed'): Fetch {
  return async (input, init) => {
    const response = (await fetch(input, init)) as unknown as PlainResponse;
    if (!response.ok) return response as unknown as Response;
    const headers = new Map(response.headers).set(answeredHeader, String(response.status));
    const body: ReadableBody = { getReader: () => soundReader(response.body.getReader(), mode) };
    const { status, statusText, ok } = response;
    return { status, statusText, ok, headers, body } as unknown as Response;
  };
}

/** Hands on what it reads: a whole body at once, a stream of events line by line. */
function soundReader(reader: Reader, mode: 'whole' | 'streamed'): Reader {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let waiting = '';
  let hasEnded = false;

  async function read(): Promise<Read> {
    while (!hasEnded) {
      const { done, value } = await reader.read();
      hasEnded = done;
      const text = waiting + decoder.decode(value, { stream: !done });
      const end = done ? text.length : mode === 'whole' ? 0 : text.lastIndexOf('\n') + 1;
      waiting = text.slice(end);
      if (end > 0) return { done: false, value: encoder.encode(mended(text.slice(0, end), mode)) };
    }
    return { done: true, value: undefined };
  }
  return { read, cancel: (reason) => reader.cancel(reason), releaseLock: () => reader.releaseLock() };
}

function mended(text: string, mode: 'whole' | 'streamed'): string {
  if (!mayNeedMending(text)) return text;
  if (mode === 'whole') return mendJson(text);
  return text.replaceAll(/^(data: ?)(.*)$/gm, (_line, field: string, data: string) => field + mendJson(data));
}
