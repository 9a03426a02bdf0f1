import { expect } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { inTime } from '../time/in-time.ts';

/** For machines that are busy with something else. */
export const patience = { timeout: 30_000 } as const;

/** How a socket was closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A client that speaks raw messages. */
export interface SocketClient {
  readonly socket: WebSocket;
  readonly messages: readonly unknown[];
  readonly closed: Promise<Closing>;
  send(message: object | string): void;
  /** Waits for a message that has these fields. */
  until(part: object): Promise<void>;
  subscribe(id: string, query: string, variables?: object): void;
}

/** Opens a socket that speaks graphql-transport-ws, or what is asked for. */
export async function openSocket(
  url: string,
  protocols: string[] = ['graphql-transport-ws'],
  options: ClientOptions = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, options);
  const messages: unknown[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString('utf8')));
    for (const look of waiting) look();
  });
  const closed = new Promise<Closing>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => {});
  const send = (message: object | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    ...{ socket, messages, closed, send },
    async until(part) {
      const wanted = expect.objectContaining(part) as { asymmetricMatch(message: unknown): boolean };
      const come = Promise.withResolvers<undefined>();
      const look = () =>
        void (messages.some((one) => wanted.asymmetricMatch(one)) && come.resolve(undefined));
      waiting.add(look);
      look();
      const missing = () => `${JSON.stringify(part)} is not among ${JSON.stringify(messages)}`;
      await inTime(come.promise, missing).finally(() => waiting.delete(look));
    },
    subscribe: (id, query, variables) => send({ id, type: 'subscribe', payload: { query, variables } }),
  };
}

/** Opens a socket whose client is admitted. */
export async function greet(url: string, key = 'good'): Promise<SocketClient> {
  const client = await openSocket(url);
  client.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
  await client.until({ type: 'connection_ack' });
  return client;
}
