import { once } from 'node:events';
import { expect, test } from 'vitest';
import { LAST_EVENT_MS } from '../../src/server/edge.ts';
import { STREAM_GRACE_MS } from '../../src/server/listen.ts';
import { CLOSE_TIMEOUT_MS } from '../../src/server/websocket-socket.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { stageEdge } from './edge-stage.ts';
import { openEventStream } from './event-stream-client.ts';
import { greet, openSocket, patience } from '../support/graphql/socket-client.ts';
import { stillness } from './stillness.ts';

test('stopping completes every operation, then closes sockets with 1001 and ends event streams', async () => {
  const time = createManualTime();
  await using edge = await stageEdge({ timers: time.timers });
  const socket = await greet(edge.url);
  const silent = await openSocket(edge.url);
  const events = await openEventStream(edge.url, 'subscription { deaf }');
  for (const id of ['1', '2']) socket.subscribe(id, 'subscription { ticks }');
  for (const id of ['1', '2']) await socket.until({ id, type: 'next' });
  await events.until('"deaf":1');

  await edge.stop();
  expect(await socket.closed).toEqual({ code: 1001, reason: 'Going away' });
  expect(socket.messages.slice(-2)).toEqual([
    { id: '1', type: 'complete' },
    { id: '2', type: 'complete' },
  ]);
  expect((await silent.closed).code).toBe(1001);
  await events.closed;
  expect(events.text()).toMatch(/event: complete\ndata:\n\n$/);
  expect(edge.life.aborted).toBe(3);
  // No limit had to pass for it: the time stands still.
  expect(time.pending()).toBe(0);
});

test('streams that have something to say at their end are heard before they are completed', async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using edge = await stageEdge({
    endSubscriptions() {
      asked.resolve();
      return ended.promise;
    },
  });
  const socket = await greet(edge.url);
  socket.subscribe('1', 'subscription { ticks }');
  await socket.until({ id: '1', type: 'next' });
  const stopped = edge.stop();
  await asked.promise;
  socket.subscribe('2', '{ hello }');
  await socket.until({
    id: '2',
    type: 'error',
    payload: [expect.objectContaining({ extensions: { code: 'UNAVAILABLE' } })],
  });
  expect(socket.messages).not.toContainEqual({ id: '1', type: 'complete' });
  ended.resolve();
  await stopped;
  expect(socket.messages.at(-1)).toEqual({ id: '1', type: 'complete' });
});

test('a query under way over a socket is answered before the socket is closed', async () => {
  await using edge = await stageEdge();
  const [busy, idle] = [await greet(edge.url), await greet(edge.url)];
  busy.subscribe('1', '{ slow }');
  await expect.poll(() => edge.life.started, patience).toBe(1);
  const stopped = edge.stop();
  expect((await idle.closed).code).toBe(1001);
  edge.released.resolve('the answer');
  await stopped;
  expect(busy.messages.slice(-2)).toEqual([
    { id: '1', type: 'next', payload: { data: { slow: 'the answer' } } },
    { id: '1', type: 'complete' },
  ]);
  expect((await busy.closed).code).toBe(1001);
});

test('clients that do not read, and streams that do not end themselves, hold a stop up for a bounded time', async () => {
  const time = createManualTime();
  const never = new Promise<void>(() => {});
  await using edge = await stageEdge({ timers: time.timers, endSubscriptions: () => never });
  const texts = 'subscription { texts(bytes: 10000) }';
  const socket = await greet(edge.url);
  socket.socket.pause();
  socket.subscribe('1', texts);
  const events = await openEventStream(edge.url, texts, false);
  await stillness(() => edge.life.drawn);
  const stopped = edge.stop();
  await time.advance(LAST_EVENT_MS);
  await time.advance(CLOSE_TIMEOUT_MS);
  await time.advance(CLOSE_TIMEOUT_MS);
  await time.advance(STREAM_GRACE_MS);
  await stopped;
  socket.socket.terminate();
  events.vanish();
  expect(edge.life).toMatchObject({ started: 2, disposed: 2 });
});

test('a fault in ending streams is logged, and stopping goes on', async () => {
  await using edge = await stageEdge({ endSubscriptions: () => Promise.reject(new Error('bug')) });
  const socket = await greet(edge.url);
  socket.subscribe('1', 'subscription { ticks }');
  await socket.until({ id: '1', type: 'next' });
  await edge.stop();
  expect((await socket.closed).code).toBe(1001);
  expect(edge.log.lines).toEqual(['error: Streams could not be ended in order.']);
});

test('a WebSocket that comes while stopping is refused', async () => {
  await using edge = await stageEdge();
  const busy = await greet(edge.url);
  busy.subscribe('1', '{ slow }');
  await expect.poll(() => edge.life.started, patience).toBe(1);
  const stopped = edge.stop();
  await expect(openSocket(edge.url)).rejects.toThrow(/ECONNREFUSED/);
  edge.released.resolve('done');
  await Promise.all([stopped, once(busy.socket, 'close')]);
});
