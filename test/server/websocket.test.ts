import { expect, test } from 'vitest';
import { INIT_LIMIT_BYTES, INIT_TIMEOUT_MS } from '../../src/server/websocket-socket.ts';
import { BODY_LIMIT_BYTES } from '../../src/server/read-body.ts';
import { PING_INTERVAL_MS } from '../../src/server/keep-alive.ts';
import { MAX_OPERATIONS } from '../../src/server/websocket-session.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { stageEdge } from './edge-stage.ts';
import { greet, openSocket, patience } from '../support/graphql/socket-client.ts';

const init = { type: 'connection_init', payload: { apiKey: 'good' } };

test.each([
  ['another sub-protocol', ['graphql-ws'], [], 4406],
  ['no sub-protocol', [], [], 4406],
  [
    'an operation before the introduction',
    undefined,
    [{ id: '1', type: 'subscribe', payload: { query: '{hello}' } }],
    4401,
  ],
  ['a second introduction', undefined, [init, init], 4429],
  ['no key', undefined, [{ type: 'connection_init' }], 4403],
  ['a wrong key', undefined, [{ type: 'connection_init', payload: { authorization: 'Bearer bad' } }], 4403],
  ['what is not JSON', undefined, ['{'], 4400],
  ['what is no message', undefined, [{ type: 'subscribe' }], 4400],
  ['a message that only servers send', undefined, [{ type: 'connection_ack' }], 4400],
  ['a long message before the introduction', undefined, ['x'.repeat(INIT_LIMIT_BYTES + 1)], 1009],
])('%s closes the socket with the code of the protocol', async (_name, protocols, messages, code) => {
  await using edge = await stageEdge();
  const client = await openSocket(edge.url, protocols);
  for (const message of messages) client.send(message);
  expect((await client.closed).code).toBe(code);
  expect(edge.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('an id that is in use closes the socket with 4409', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', 'subscription { ticks }');
  await client.until({ id: '1', type: 'next' });
  client.subscribe('1', 'subscription { ticks }');
  expect((await client.closed).code).toBe(4409);
  await expect.poll(() => edge.life, patience).toMatchObject({ started: 1, disposed: 1, aborted: 1 });
});

test('a binary message and one that is too large close the socket', async () => {
  await using edge = await stageEdge();
  const [binary, large] = [await greet(edge.url), await greet(edge.url)];
  binary.socket.send(Buffer.from('{"type":"ping"}'));
  large.socket.send('x'.repeat(BODY_LIMIT_BYTES + 1));
  expect((await binary.closed).code).toBe(4400);
  expect((await large.closed).code).toBe(1009);
});

test('a client that does not introduce itself in time is closed with 4408', async () => {
  const time = createManualTime();
  await using edge = await stageEdge({ timers: time.timers });
  const silent = await openSocket(edge.url);
  const timely = await greet(edge.url);
  await time.advance(INIT_TIMEOUT_MS);
  expect((await silent.closed).code).toBe(4408);
  expect(timely.socket.readyState).toBe(timely.socket.OPEN);
});

test('a ping is answered with its payload, before the introduction too', async () => {
  await using edge = await stageEdge();
  const client = await openSocket(edge.url);
  client.send({ type: 'ping', payload: { a: 1 } });
  await client.until({ type: 'pong', payload: { a: 1 } });
  client.socket.close();
});

test('queries, mutations and subscriptions are answered, and each is completed', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('q', '{ hello }');
  await client.until({ id: 'q', type: 'complete' });
  client.subscribe('s', 'subscription { count(to: 2) }');
  await client.until({ id: 's', type: 'complete' });
  expect(client.messages.slice(1)).toEqual([
    { id: 'q', type: 'next', payload: { data: { hello: 'key' } } },
    { id: 'q', type: 'complete' },
    { id: 's', type: 'next', payload: { data: { count: 1 } } },
    { id: 's', type: 'next', payload: { data: { count: 2 } } },
    { id: 's', type: 'complete' },
  ]);
  expect(edge.life).toMatchObject({ disposed: 1, aborted: 1 });
});

test.each([
  ['a malformed document', '{', 'INVALID_INPUT', 'error'],
  ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED', 'error'],
  ['a document that nests too deeply', '{a'.repeat(300), 'INVALID_INPUT', 'error'],
  ['a fault of ours in a query', '{ broken }', 'INTERNAL', 'next'],
  ['a fault of ours in a stream', 'subscription { failing }', 'INTERNAL', 'next'],
])('%s is told as over HTTP, and harms no other operation', async (_name, query, code, type) => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('other', 'subscription { ticks }');
  client.subscribe('1', query);
  const error = expect.objectContaining({ extensions: { code } });
  const payload = type === 'error' ? [error] : expect.objectContaining({ errors: [error] });
  await client.until({ id: '1', type, payload });
  expect(JSON.stringify(client.messages)).not.toContain('secret');
  client.subscribe('after', '{ hello }');
  await client.until({ id: 'after', type: 'complete' });
  expect(edge.life.started - edge.life.disposed).toBe(1);
});

test('a socket carries so many operations and no more; one that has ended makes room', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  for (let index = 0; index < MAX_OPERATIONS; index += 1) {
    client.subscribe(`${index}`, 'subscription { ticks }');
  }
  client.subscribe('excess', '{ hello }');
  await client.until({
    id: 'excess',
    type: 'error',
    payload: [expect.objectContaining({ extensions: { code: 'RATE_LIMITED' } })],
  });
  client.send({ id: '0', type: 'complete' });
  await expect.poll(() => edge.life.disposed, patience).toBe(1);
  client.subscribe('again', '{ hello }');
  await client.until({ id: 'again', type: 'complete' });
});

test('a key that was revoked starts no new operation, and its socket is closed', async () => {
  await using edge = await stageEdge();
  const client = await greet(edge.url);
  client.subscribe('1', 'subscription { ticks }');
  await client.until({ id: '1', type: 'next' });
  edge.keys.delete('good');
  client.subscribe('2', '{ slow }');
  expect((await client.closed).code).toBe(4403);
  await expect.poll(() => edge.life, patience).toMatchObject({ started: 1, disposed: 1, aborted: 1 });
});

test('the socket of a revoked key is closed at its next beat, though it asks nothing', async () => {
  const time = createManualTime();
  await using edge = await stageEdge({ timers: time.timers });
  const client = await greet(edge.url, 'other');
  edge.keys.delete('other');
  await time.advance(PING_INTERVAL_MS);
  expect((await client.closed).code).toBe(4403);
});

test('a peer that answers no ping is torn down, and one that does stays', async () => {
  const time = createManualTime();
  await using edge = await stageEdge({ timers: time.timers });
  const alive = await greet(edge.url);
  const dead = await openSocket(edge.url, undefined, { autoPong: false });
  dead.send(init);
  await dead.until({ type: 'connection_ack' });
  dead.subscribe('1', 'subscription { ticks }');
  await expect.poll(() => edge.life.started, patience).toBe(1);
  const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
  await time.advance(PING_INTERVAL_MS);
  await pinged;
  alive.send({ type: 'ping' });
  await alive.until({ type: 'pong' });
  await time.advance(PING_INTERVAL_MS);
  expect((await dead.closed).code).toBe(1006);
  expect(edge.life.disposed).toBe(1);
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});
