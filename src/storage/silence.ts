import type { Socket } from 'node:net';
import pg from 'pg';
import { singleFlight } from '../system/one-at-a-time.ts';
import { limitFor } from './answer-limit.ts';

/** How long a connection that somebody waits for may be silent before it is asked whether the database is there: near by. */
const SILENCE_MS = 1_000;

/** How long a new session may take to open near by; a database that cannot open one in this time is away. */
const ANSWER_MS = 1_000;

/** After this long a silence the connection leads nowhere, whatever others do: no statement takes as long. */
const MOST_SILENCE_MS = 15_000;

/**
 * Cuts connections that somebody waits for when the database behind them has stopped answering: a host that
 * vanished, or a server that was paused. The system would wait a quarter of an hour. A statement that is merely slow
 * is told from silence by opening another session.
 */
export function cutSilentConnections(
  pool: pg.Pool,
  session: pg.ClientConfig,
  roundTripMs: () => number,
): (client: pg.ClientBase) => void {
  const answers = singleFlight(() => opens(session, limitFor(roundTripMs(), ANSWER_MS)));
  const silenceMs = () => limitFor(roundTripMs(), SILENCE_MS);

  function watch(client: pg.ClientBase): void {
    const socket = socketOf(client);
    let heardBytes = 0;
    let silentMs = 0;
    socket.on('timeout', () => {
      silentMs = (socket.bytesRead === heardBytes ? silentMs : 0) + (socket.timeout ?? 0);
      heardBytes = socket.bytesRead;
      void answers().then((there) => {
        if (socket.bytesRead !== heardBytes || socket.timeout === 0) return;
        if (there && silentMs < MOST_SILENCE_MS) socket.setTimeout(silenceMs());
        else socket.destroy(new Error('the database fell silent'));
      });
    });
    socket.setTimeout(silenceMs());
  }

  pool.on('acquire', (client) => socketOf(client).setTimeout(silenceMs()));
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0));
  return watch;
}

/** Whether a session can be opened. A refusal is an answer too. */
async function opens(session: pg.ClientConfig, limitMs: number): Promise<boolean> {
  const client = new pg.Client({ ...session, connectionTimeoutMillis: limitMs });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    return error instanceof pg.DatabaseError;
  }
  client.end().catch(() => {});
  return true;
}

/** The driver's pool itself reaches for it, to cut connections that do not come about. */
function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}
