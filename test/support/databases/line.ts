import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What whoever opens a session is told, by SQLSTATE. */
export interface SessionRefusal {
  readonly state: string;
  readonly message: string;
}

/** The way to a Postgres, which may become long, or lead to a server that takes no sessions. */
export interface PostgresLine extends AsyncDisposable {
  /** The database's, by this way. */
  readonly url: string;
  /** What a message takes each way; it may change while sessions are open. */
  delayMs: number;
  /** Ends every session, and refuses new ones until it is called with null. */
  refuse(refusal: SessionRefusal | null): void;
  /** How many sessions have been opened. */
  sessions(): number;
}

/** Opens a way to a database that is reached over TCP without TLS. */
export async function openLine(databaseUrl: string): Promise<PostgresLine> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const sockets = new Set<Socket>();
  let refusal: SessionRefusal | null = null;
  let sessions = 0;

  const proxy = createServer((client) => {
    keep(client);
    if (refusal !== null) return refuseSession(client, refusal);
    sessions += 1;
    const server = connect({ ...target, noDelay: true });
    keep(server);
    pass(client, server, () => line.delayMs);
    pass(server, client, () => line.delayMs);
  });
  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
  const cutAll = () => sockets.forEach((socket) => socket.destroy());
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const line: PostgresLine = {
    url: url.href,
    delayMs: 0,
    refuse(next) {
      refusal = next;
      if (next !== null) cutAll();
    },
    sessions: () => sessions,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      cutAll();
      await closed;
    },
  };
  return line;
}

/** Hands on what comes, in order, each piece when its time on the way has passed. */
function pass(from: Socket, to: Socket, delayMs: () => number): void {
  const onTheWay: { readonly dueMs: number; readonly arrive: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  function deliver(): void {
    timer = undefined;
    while (onTheWay.length > 0 && onTheWay[0]!.dueMs <= performance.now()) onTheWay.shift()!.arrive();
    if (onTheWay.length > 0) timer = setTimeout(deliver, onTheWay[0]!.dueMs - performance.now());
  }
  const send = (arrive: () => void): void => {
    const earliestMs = onTheWay.at(-1)?.dueMs ?? 0;
    onTheWay.push({ dueMs: Math.max(earliestMs, performance.now() + delayMs()), arrive });
    if (timer === undefined) deliver();
  };
  from.on('data', (bytes) => send(() => to.write(bytes)));
  from.on('end', () => send(() => to.end()));
  from.on('close', () => send(() => to.destroy()));
}

/** As a server does, https://www.postgresql.org/docs/current/protocol-message-formats.html (ErrorResponse). */
function refuseSession(socket: Socket, { state, message }: SessionRefusal): void {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(4 + fields.length, 1);
  socket.once('data', () => socket.end(Buffer.concat([head, fields])));
}
