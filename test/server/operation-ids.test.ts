import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { stageEdge } from './edge-stage.ts';
import { greet, patience, type SocketClient } from '../support/graphql/socket-client.ts';
import { stillness } from './stillness.ts';

test('an id may be used again as soon as its subscription is completed, also by a client that reads slowly', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.socket.pause();
  client.subscribe('1', 'subscription { texts(bytes: 10000) }');
  await stillness(() => edge.life.drawn);
  client.send({ id: '1', type: 'complete' });
  client.subscribe('1', 'subscription { ticks }');
  await expect.poll(() => edge.life.started, patience).toBe(2);
  client.socket.resume();
  await client.until({ id: '1', type: 'next', payload: { data: { ticks: 1 } } });
  await expectLive(client);
  expect(edge.life.disposed).toBe(1);
});

test('an id may be used again in the message after the one that completes its subscription, whatever their packets', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', 'subscription { ticks }');
  await client.until({ id: '1', type: 'next' });
  const { _socket: connection } = client.socket as unknown as { readonly _socket: Socket };
  connection.cork();
  client.send({ id: '1', type: 'complete' });
  client.subscribe('1', 'subscription { ticks }');
  connection.uncork();
  await expect.poll(() => edge.life.started, patience).toBe(2);
  await expectLive(client);
});

test('an id whose query is still being ended is refused, and nobody gets the other’s answer', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', '{ slow }');
  await expect.poll(() => edge.life.started, patience).toBe(1);
  client.send({ id: '1', type: 'complete' });
  client.subscribe('1', '{ hello }');
  await client.until({ id: '1', type: 'error' });
  expect(client.messages.at(-1)).toMatchObject({ payload: [{ extensions: { code: 'CONFLICT' } }] });
  edge.released.resolve('late');
  client.subscribe('2', '{ slow }');
  await client.until({ id: '2', type: 'complete' });
  client.subscribe('1', '{ hello }');
  await client.until({ id: '1', type: 'next', payload: { data: { hello: 'key' } } });
  expect(client.messages.filter((message) => (message as { id?: string }).id === '1')).not.toContainEqual(
    expect.objectContaining({ payload: { data: { slow: 'late' } } }),
  );
});

test('an id whose operation cannot be told from the document may be used again', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', 'query One { hello } query Other { hello }');
  await client.until({ id: '1', type: 'error' });
  client.subscribe('1', '{ hello }');
  await client.until({ id: '1', type: 'next', payload: { data: { hello: 'key' } } });
});

/** Whatever was sent before it has arrived when a later query is answered; no subscription was completed. */
async function expectLive(client: SocketClient): Promise<void> {
  client.subscribe('later', '{ hello }');
  await client.until({ id: 'later', type: 'complete' });
  expect(client.messages.filter((message) => (message as { type?: string }).type === 'complete')).toEqual([
    { id: 'later', type: 'complete' },
  ]);
}
