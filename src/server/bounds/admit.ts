import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Bounds } from './bounds.ts';
import { MOST_HEADERS } from './http-limits.ts';
import { inSeconds, type Refusal } from './refuse.ts';

/** When somebody who holds too much is told to come back: nobody knows when something of it will end. */
const BUSY_RETRY_MS = 1_000;

const tooMany = 'Too many connections or requests of this address are open.';

/** Lets a new connection in, or answers it at once and closes it: its address has too many. */
export function admitConnection({ addresses, connections }: Bounds, socket: Socket): void {
  // What a proxy holds is counted by those for whom it asks, request by request.
  if (addresses.isProxy(socket.remoteAddress)) return;
  const place = connections.take(addresses.nameOf(socket.remoteAddress));
  if (place !== undefined) return void socket.once('close', () => place[Symbol.dispose]());
  const body = JSON.stringify({ errors: [{ message: tooMany, extensions: { code: 'RATE_LIMITED' } }] });
  const head = [
    'HTTP/1.1 429 Too Many Requests',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Retry-After: ${inSeconds(BUSY_RETRY_MS)}`,
    'Connection: close',
  ].join('\r\n');
  socket.on('error', () => {});
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}

/** A place for one request until it is answered; or why it gets none. */
export function admitRequest(
  { addresses, connections, pipelined }: Bounds,
  { socket, rawHeaders }: IncomingMessage,
  address: string,
): Disposable | { readonly refusal: Refusal } {
  if (rawHeaders.length > 2 * MOST_HEADERS) {
    const message = `A request has at most ${MOST_HEADERS} header fields.`;
    return { refusal: { status: 431, code: 'BAD_REQUEST', message } };
  }
  const busy = { status: 429, code: 'RATE_LIMITED', retryAfterMs: BUSY_RETRY_MS } as const;
  const place = pipelined.take(socket);
  if (place === undefined) {
    return { refusal: { ...busy, message: 'Too many requests of this connection are not answered yet.' } };
  }
  if (!addresses.isProxy(socket.remoteAddress)) return place;
  const held = connections.take(address);
  if (held === undefined) {
    place[Symbol.dispose]();
    return { refusal: { ...busy, message: tooMany } };
  }
  return {
    [Symbol.dispose]() {
      place[Symbol.dispose]();
      held[Symbol.dispose]();
    },
  };
}

/** The places of a socket: of its connection, and until its client has introduced itself. */
export interface SocketPlaces {
  readonly connection: Disposable;
  readonly greeting: Disposable;
}

/** Places for a socket that is about to be opened; undefined: its address has too many. */
export function admitSocket(
  { addresses, connections, greetings }: Bounds,
  { socket }: IncomingMessage,
  address: string,
): SocketPlaces | undefined {
  const greeting = greetings.take(address);
  if (greeting === undefined) return undefined;
  // A connection of its own has its place already.
  const isProxied = addresses.isProxy(socket.remoteAddress);
  const connection = isProxied ? connections.take(address) : NOTHING_HELD;
  if (connection !== undefined) return { connection, greeting };
  greeting[Symbol.dispose]();
  return undefined;
}

const NOTHING_HELD: Disposable = { [Symbol.dispose]: () => {} };
