import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { excessOfRequest } from '../system/input/json-size.ts';
import { onAbort } from '../system/abort.ts';
import type { Timers } from '../system/timers.ts';
import { waitAtMost } from '../system/wait-at-most.ts';
import type { SocketPlaces } from './bounds/admit.ts';
import { readingWaitMs } from './bounds/count-operation.ts';
import { watchIntake } from './bounds/intake.ts';
import { keepAlive } from './keep-alive.ts';
import { pauseWhenFlooded } from './websocket-flow.ts';
import { viewerOf, type OperationRules } from './websocket-operation.ts';
import { introduced } from './operations/introduce.ts';
import type { Protocol } from './websocket-protocol.ts';
import { createSession, type Session } from './websocket-session.ts';

/** How long a client may take to introduce itself. */
export const INIT_TIMEOUT_MS = 5_000;

/** Bytes of a message at most until the client's key has been accepted. */
export const INIT_LIMIT_BYTES = 16 * 1024;

/** How long a client may take to accept what is on its way to it, and then to close, once its socket is closed. */
export const CLOSE_TIMEOUT_MS = 1000;

/** What the WebSocket edge stands on. */
export interface WebSocketEdge extends OperationRules {
  readonly timers: Timers;
}

/** What one socket stands on. */
interface SocketParts extends WebSocketEdge {
  readonly protocol: Protocol;
  /** What the socket is made of. */
  readonly connection: Duplex;
  /** Where its client is, as addresses are counted. */
  readonly address: string;
  readonly places: SocketPlaces;
}

/** A socket that is being served until it closes. */
export interface ServedSocket {
  readonly closed: Promise<void>;
  /** Closes it with 1001 when it owes nothing more; see `WebSocketEndpoint.close`. */
  close(): Promise<void>;
}

/** Speaks the protocol over a socket that has just been opened. `key` is its upgrade request's, and was valid. */
export function serveSocket(parts: SocketParts, socket: WebSocket, key: string | undefined): ServedSocket {
  const { protocol, connection, address, places, timers, log } = parts;
  // Each of its operations may wait for its close.
  socket.setMaxListeners(0);
  const session = createSession(socket, { address, key });
  session.keep(places.connection);
  session.keep(places.greeting);
  const closed = Promise.withResolvers<void>();
  const watching = watch(session, parts);
  socket.on('error', (err) => log.debug('A socket failed, or its client sent what it must not.', { err }));
  const release = protocol.opened(
    {
      protocol: socket.protocol,
      // Single answers: each ends its operation, of which a socket carries a bounded number.
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      // A pong repeats what a ping brings, which nobody needs to be long.
      onPing: (payload) => socket.send(pongOf(payload)),
      onMessage: (take) =>
        void socket.on('message', (data, isBinary) => {
          pauseWhenFlooded(socket, connection);
          const taken = receive(session, take, isBinary ? undefined : data, parts);
          taken.catch((err: unknown) => giveUp(socket, err, parts));
        }),
    },
    session,
  );
  socket.once('close', (code, reason) => {
    watching[Symbol.dispose]();
    session.release();
    release(code, String(reason))
      .catch((err: unknown) => log.error('A closed socket could not be let go of.', { err }))
      .finally(closed.resolve);
    session.sweep();
  });
  return { closed: closed.promise, close: () => closeGracefully(session, closed.promise, timers) };
}

/** Closes a socket whose client does not introduce itself, does not answer, or whose key admits nobody any more. */
function watch(session: Session, parts: SocketParts): Disposable {
  const { socket, initialised } = session;
  using stack = new DisposableStack();
  const limit = stack.use(
    parts.timers.after(INIT_TIMEOUT_MS, () => socket.close(4408, 'Connection initialisation timeout')),
  );
  const { connection, places, timers } = parts;
  const greet = () => {
    limit[Symbol.dispose]();
    places.greeting[Symbol.dispose]();
  };
  stack.use(onAbort(initialised, greet));
  stack.use(watchIntake(socket, { connection, hold: session.hold, timers }));
  stack.use(
    keepAlive(socket, parts.timers, () => {
      if (!session.isAdmitted()) return;
      const close = () => {
        if (viewerOf(session, parts) === undefined) socket.close(4403, 'Forbidden');
      };
      const waiting = introduced(session.key(), parts.introduce);
      if (waiting === undefined) close();
      else void waiting.then(close);
    }),
  );
  return stack.move();
}

/** Resolves when the message is dealt with, which takes as long as the operation that it begins. */
async function receive(
  session: Session,
  take: (text: string) => Promise<void>,
  data: RawData | undefined,
  rules: OperationRules,
): Promise<void> {
  const { socket } = session;
  if (socket.readyState !== socket.OPEN) return;
  if (data === undefined) return socket.close(4400, 'Invalid message received');
  // What ws hands on unless it is told otherwise.
  const bytes = data as Buffer;
  if (!session.isAdmitted() && bytes.length > INIT_LIMIT_BYTES) {
    return socket.close(1009, 'Message too big');
  }
  // Small ones are refused as operations are.
  const viewer = bytes.length > INIT_LIMIT_BYTES ? viewerOf(session, rules) : undefined;
  if (viewer !== undefined && readingWaitMs(rules.bounds, viewer) > 0)
    return socket.close(1013, 'Too much within a minute');
  const text = bytes.toString('utf8');
  const excess = excessOfRequest(text);
  if (excess !== undefined) return socket.close(1009, `Message has too many ${excess}`);
  const hold = session.hold();
  const taken = session.messages.follow(take(text));
  // A message ends another one's operation at once, and its own when it has been dealt with.
  session.sweep();
  await taken.finally(() => {
    hold?.shrink(bytes.length);
    session.sweep();
  });
}

/** Characters of a ping's payload, as JSON, that its pong repeats at most. */
const MAX_PONG_CHARACTERS = 1_000;

/** What answers a ping: with what it brings, unless that is long. */
function pongOf(payload: unknown): string {
  const text = JSON.stringify({ type: 'pong', payload });
  return text.length <= MAX_PONG_CHARACTERS ? text : '{"type":"pong"}';
}

function giveUp(socket: WebSocket, err: unknown, { log }: SocketParts): void {
  // So the library throws at a kind of message that only servers send.
  if (err instanceof Error && err.message.startsWith('Unexpected message of type')) {
    return socket.close(4400, 'Invalid message received');
  }
  log.error('A message over a socket could not be dealt with.', { err });
  socket.close(4500, 'Internal server error');
}

async function closeGracefully(session: Session, closed: Promise<void>, timers: Timers): Promise<void> {
  const { socket, executions, messages } = session;
  await Promise.race([executions.ended(), closed]);
  await waitAtMost(Promise.race([messages.ended(), closed]), CLOSE_TIMEOUT_MS, timers);
  socket.close(1001, 'Going away');
  await waitAtMost(closed, CLOSE_TIMEOUT_MS, timers);
  socket.terminate();
}
