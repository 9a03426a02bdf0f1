import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionResult } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { deliver } from '../../src/server/websocket-delivery.ts';
import { CONGESTED_BYTES, sendText } from '../../src/server/websocket-flow.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';

test('a result that no text can be made of is the last, masked and logged', async () => {
  const { socket, client } = await connect();
  const log = createKeptLog();
  const ended: string[] = [];
  async function* results(): AsyncGenerator<ExecutionResult, undefined> {
    try {
      for (;;) yield { data: { big: 1n } };
    } finally {
      ended.push('ended');
    }
  }
  const signal = new AbortController().signal;
  const received = once(client, 'message') as Promise<[Buffer]>;
  const delivered = deliver(results(), { id: '1', session: { socket }, signal, log });
  expect(await delivered.next()).toEqual({ value: undefined, done: true });
  expect(JSON.parse(String((await received)[0]))).toMatchObject({
    ...{ id: '1', type: 'next' },
    payload: { errors: [{ extensions: { code: 'INTERNAL' } }] },
  });
  expect(ended).toEqual(['ended']);
  expect(log.lines).toHaveLength(1);
});

test('a message that is longer than what may be held makes its operation wait, as what is held does', async () => {
  const { socket, client } = await connect();
  client.pause();
  expect(sendText(socket, 'short')).toBeUndefined();
  expect(sendText(socket, 'x'.repeat(CONGESTED_BYTES + 1))).toBeInstanceOf(Promise);
});

/** Both ends of a socket. */
async function connect(): Promise<{ readonly socket: WebSocket; readonly client: WebSocket }> {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new WebSocketServer({ server: http });
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const [[socket]] = await Promise.all([accepted, once(client, 'open')]);
  onTestFinished(() => {
    client.terminate();
    http.close();
  });
  return { socket, client };
}
