import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { FLOODED_BYTES } from '../../src/server/websocket-flow.ts';
import { stageEdge } from './edge-stage.ts';
import { greet, openSocket, patience } from '../support/graphql/socket-client.ts';
import { stillness } from './stillness.ts';

test('`complete` stops delivery at once and disposes of the generator, even of one that waits and hears no signal', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', 'subscription { ticks }');
  client.subscribe('2', 'subscription { deaf }');
  await client.until({ id: '1', type: 'next' });
  await client.until({ id: '2', type: 'next' });
  client.send({ id: '1', type: 'complete' });
  client.send({ id: '2', type: 'complete' });
  await expect.poll(() => edge.life, patience).toMatchObject({ disposed: 1, aborted: 2 });
  client.subscribe('2', '{ hello }');
  await client.until({ id: '2', type: 'complete' });
  expect(client.messages.filter((message) => (message as { id?: string }).id === '1')).toHaveLength(1);
});

test('`complete` aborts the signal of a query under way, and nothing of it is sent', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', '{ slow }');
  await expect.poll(() => edge.life.started, patience).toBe(1);
  client.send({ id: '1', type: 'complete' });
  await expect.poll(() => edge.life.aborted, patience).toBe(1);
  edge.released.resolve('late');
  client.subscribe('2', '{ slow }');
  await client.until({ id: '2', type: 'complete' });
  expect(client.messages).toHaveLength(3);
});

test('nothing is produced for a client that does not read; when it reads on, it misses nothing', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.socket.pause();
  const bytes = 10_000;
  client.subscribe('1', `subscription { texts(bytes: ${bytes}) }`);
  const drawn = await stillness(() => edge.life.drawn);
  // What the two kernels buffer is not ours to bound.
  expect(drawn * bytes).toBeLessThan(32 * FLOODED_BYTES);
  client.socket.resume();
  await expect.poll(() => client.messages.length, patience).toBeGreaterThan(drawn + 100);
  client.socket.terminate();
  await expect.poll(() => edge.life.disposed, patience).toBe(1);
});

test('a client that asks more and more without reading is not listened to, and does not grow what is held', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.socket.pause();
  const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(900) } });
  let accepted = 0;
  let pinged = 0;
  for (; pinged < 40_000; pinged += 1) client.socket.send(ping, () => (accepted += 1));
  expect(await stillness(() => accepted)).toBeLessThan(pinged);
  client.socket.resume();
  await expect.poll(() => client.messages.length, patience).toBe(1 + pinged);
});

test('a WebSocket elsewhere, or with a key that is not valid, is refused as HTTP is', async () => {
  await using edge = await stageEdge();
  expect(await upgrade(`${edge.url}/other`)).toMatchObject({ statusCode: 404 });
  expect(await upgrade(`${edge.url}/graphql`, { authorization: 'Bearer bad' })).toMatchObject({
    statusCode: 401,
  });
});

test('the key may come in the header of the upgrade request, and then nothing else is needed', async () => {
  await using edge = await stageEdge();
  const client = await openSocket(edge.url, undefined, { headers: { authorization: 'Bearer good' } });
  client.send({ type: 'connection_init' });
  await client.until({ type: 'connection_ack' });
  client.subscribe('1', '{ hello }');
  await client.until({ id: '1', type: 'complete' });
});

test('a client that offers HTTP/2 in an ordinary request is answered as if it had not', async () => {
  await using edge = await stageEdge();
  const offer = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  };
  const url = `${edge.url}/graphql?query=${encodeURIComponent('{ hello }')}`;
  const answer = await upgrade(url, { ...offer, authorization: 'Bearer good' });
  expect(answer.statusCode).toBe(200);
});

/** Asks for another protocol and returns the plain answer. */
async function upgrade(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const asked = get(url, {
    headers: {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

/**
 * How many sockets, connections and requests are still referred to, at both ends, and so whatever refers to them:
 * sessions, operations, subscriptions. Collects all garbage first.
 */
