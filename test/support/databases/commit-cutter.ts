import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createMessageReader, createStatementReader, type WireMessage } from './postgres-messages.ts';

/**
 * What is cut off at a commit.
 *
 * | cut     | Postgres       | the client                                                     |
 * |---------|----------------|----------------------------------------------------------------|
 * | request | rolls back     | loses its connection                                           |
 * | answer  | has committed  | loses its connection                                           |
 * | late    | has committed  | is answered after `LATE_MS`, when nobody waits for it any more |
 */
export type Cut = 'request' | 'answer' | 'late';

/** Longer than anybody waits for a commit. */
const LATE_MS = 1_500;

/** The way to a Postgres, which can be cut where it hurts most. */
export interface CommitCutter extends AsyncDisposable {
  /** The database's, by this way. */
  readonly url: string;
  /**
   * Cuts off the next so many commits of what the cutter looks for; resolves when that has been done. A commit
   * that Postgres refuses is let through and does not count.
   */
  cut(what: Cut, count: number): Promise<void>;
}

/** What record calls, in whichever statement they do it. */
const RECORDS = /\bINSERT INTO audit_entries\b|\brecord_writings\w*"?\s*\(/i;

/**
 * Opens a way to a database that is reached over TCP without TLS. A commit of what `wanted` matches is the COMMIT
 * of a transaction in which such a statement ran, or such a statement alone outside of any transaction.
 */
export async function startCommitCutter(databaseUrl: string, wanted = RECORDS): Promise<CommitCutter> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const cuts = createCuts();
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect({ ...target, noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    relay({ client, server, wanted, cuts });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cut: cuts.order,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The cuts that are ordered and not made yet, for all connections together. */
interface Cuts {
  order(what: Cut, count: number): Promise<void>;
  /** Hands out the next one; undefined when there is none. */
  take(): Cut | undefined;
  /** One that was handed out has been made, or could not be and is handed out again. */
  made(): number;
  giveBack(): void;
}

function createCuts(): Cuts {
  let ordered: Cut = 'answer';
  let [toTake, toMake, made] = [0, 0, 0];
  let done = Promise.withResolvers<void>();
  return {
    order(what, count) {
      if (toMake > 0) throw new Error(`${toMake} cuts are not made yet`);
      ordered = what;
      toTake = toMake = count;
      done = Promise.withResolvers();
      return done.promise;
    },
    take: () => (toTake > 0 ? (toTake--, ordered) : undefined),
    made() {
      toMake -= 1;
      if (toMake === 0) done.resolve();
      return ++made;
    },
    giveBack: () => void (toTake += 1),
  };
}

interface Way {
  readonly client: Socket;
  readonly server: Socket;
  readonly wanted: RegExp;
  readonly cuts: Cuts;
}

/** Passes messages on between a client and a server until it cuts both off. */
function relay({ client, server, wanted, cuts }: Way): void {
  const statementOf = createStatementReader();
  /** As the server said last: in no transaction, in one, in one that failed. */
  let status = 'I';
  let found = false;
  /** The answer to a commit, until it is known whether that is what it was. */
  let withheld: { readonly what: Cut; readonly answer: WireMessage[] } | undefined;

  function cut(): void {
    // In turn the way a server goes that ends, and the way one goes that is lost.
    if (cuts.made() % 2 === 1) client.destroy();
    else client.resetAndDestroy();
    server.destroy();
  }

  function isWantedCommit(sql: string): boolean {
    found ||= wanted.test(sql);
    return found && (status === 'I' || /^\s*(COMMIT|END)\b/i.test(sql));
  }

  function onRequest(message: WireMessage): void {
    if (client.destroyed) return;
    const sql = statementOf(message);
    const what = sql !== undefined && isWantedCommit(sql) ? cuts.take() : undefined;
    if (what === 'request') return cut();
    if (what !== undefined) withheld = { what, answer: [] };
    server.write(message.bytes);
  }

  function onAnswer(message: WireMessage): void {
    if (withheld === undefined) client.write(message.bytes);
    else withheld.answer.push(message);
    // ReadyForQuery: only now is a statement that stands alone committed.
    if (message.type !== 'Z') return;
    status = message.body.toString();
    if (status === 'I') found = false;
    if (withheld === undefined) return;
    const { what, answer } = withheld;
    withheld = undefined;
    const passOnAnswer = () => client.write(Buffer.concat(answer.map(({ bytes }) => bytes)));
    if (answer.some(isRefusal)) {
      cuts.giveBack();
      passOnAnswer();
    } else if (what === 'late') {
      cuts.made();
      const timer = setTimeout(passOnAnswer, LATE_MS);
      client.on('close', () => clearTimeout(timer));
    } else cut();
  }

  // The answer never came: whatever became of the commit, it was not cut.
  client.on('close', () => withheld === undefined || cuts.giveBack());
  passOn(client, server, createMessageReader('client', onRequest));
  passOn(server, client, createMessageReader('server', onAnswer));
}

/** An error, or a COMMIT of a transaction that had failed. */
function isRefusal({ type, body }: WireMessage): boolean {
  return type === 'E' || (type === 'C' && body.toString().startsWith('ROLLBACK'));
}

/** Reads what one side says; when it leaves, so does the other. */
function passOn(from: Socket, to: Socket, read: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    to.cork();
    read(chunk);
    to.uncork();
  });
  // Whatever ends a connection is followed by `close`.
  from.on('error', () => {});
  from.on('close', () => to.destroy());
}
