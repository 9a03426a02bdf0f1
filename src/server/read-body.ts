import type { IncomingMessage } from 'node:http';
import type { Timers } from '../system/timers.ts';
import { ARRIVAL_CHECK_MS, isTooSlow } from './bounds/arrival.ts';
import type { ByteHold, NoRoom } from './bounds/held-bytes.ts';

/** Bytes of a request's body, or of a message over a socket, at most: room for images, none for floods. */
export const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** Why a body was not taken: each ends the reading. */
export type BodyRefusal = 'too_large' | 'too_slow' | 'aborted' | NoRoom;

/** The body of a request, or why it was not taken. */
export type Body = { readonly text: string } | { readonly refused: BodyRefusal };

/** What a body may take. */
export interface BodyAllowance {
  readonly limitBytes: number;
  /** Is called when nothing that is known beforehand stands against it. */
  readonly begin: () => void;
  readonly timers: Timers;
  /** Is grown by what comes. */
  readonly hold: Pick<ByteHold, 'grow'>;
}

/** Small pieces that are kept as they came: then they are joined, because each takes far more than its own length. */
const MOST_PIECES = 512;

/** Pieces of this length on are not small: they are not copied again and again. */
const LARGE_BYTES = 16 * 1024;

/**
 * Reads a request's body as UTF-8 text. Keeps no more than `limitBytes`, and refuses a body that announces more
 * before its first byte, so that a caller cannot make the process hold what it will not look at; nor does it wait for
 * one that hardly comes. The rest of a body that is too large is thrown away as it comes: who is cut off while still
 * sending may never see the answer.
 */
export function readBody(
  request: IncomingMessage,
  { limitBytes, begin, timers, hold }: BodyAllowance,
): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    return Promise.resolve({ refused: 'too_large' });
  }
  begin();
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    let loose = 0;
    let elapsedMs = 0;
    let timer = timers.after(ARRIVAL_CHECK_MS, look);

    function end(body: Body): void {
      timer[Symbol.dispose]();
      chunks = [];
      resolve(body);
    }

    function refuse(refused: BodyRefusal): void {
      request.removeAllListeners('data').resume();
      end({ refused });
    }

    function look(): void {
      elapsedMs += ARRIVAL_CHECK_MS;
      if (isTooSlow(elapsedMs, length)) return refuse('too_slow');
      timer = timers.after(ARRIVAL_CHECK_MS, look);
    }

    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) return refuse('too_large');
      const noRoom = hold.grow(chunk.length);
      if (noRoom !== undefined) return refuse(noRoom);
      chunks.push(chunk);
      loose += chunk.length < LARGE_BYTES ? 1 : 0;
      if (loose <= MOST_PIECES) return;
      chunks = joinSmall(chunks);
      loose = 0;
    });
    request.once('end', () => end({ text: join(chunks) }));
    request.once('error', () => end({ refused: 'aborted' }));
    request.once('close', () => end({ refused: 'aborted' }));
  });
}

/** Joins what came in pieces since the last large one. */
function joinSmall(chunks: readonly Buffer[]): Buffer[] {
  const from = chunks.findLastIndex((chunk) => chunk.length >= LARGE_BYTES) + 1;
  return [...chunks.slice(0, from), Buffer.concat(chunks.slice(from))];
}

function join(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined
    ? only.toString('utf8')
    : Buffer.concat(chunks).toString('utf8');
}
