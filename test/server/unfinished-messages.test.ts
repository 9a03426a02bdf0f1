import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { LONGEST_ARRIVAL_MS, SLOW_GRACE_MS } from '../../src/server/bounds/arrival.ts';
import { GREETING_LIMIT_BYTES } from '../../src/server/bounds/intake.ts';
import { PING_INTERVAL_MS } from '../../src/server/keep-alive.ts';
import { MAX_ID_CHARACTERS } from '../../src/server/websocket-session.ts';
import { greet, openSocket, patience, type SocketClient } from '../support/graphql/socket-client.ts';
import { edgeLimits } from '../support/servers/edge-limits.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { stageEdge } from './edge-stage.ts';

const part = (socket: WebSocket, bytes: number) => socket.send('x'.repeat(bytes), { fin: false });
const connectionOf = ({ socket }: SocketClient) =>
  (socket as unknown as { readonly _socket: Socket })._socket;

describe('before its client is known, a socket is closed', () => {
  test.each([
    ['for fragments without an end', (socket: WebSocket) => part(socket, GREETING_LIMIT_BYTES + 1), [1009]],
    // By their bytes or, where all of them arrive at once, by their number.
    ['for many fragments', sendParts, [1008, 1009]],
    ['for many pings', (socket: WebSocket) => sendPings(socket), [1009]],
    ['for a long frame that has only begun', beginFrame, [1009]],
  ])('%s', async (_name, send, codes) => {
    await using edge = await stageEdge();
    const client = await openSocket(edge.url);
    send(client.socket);
    expect((await client.closed).code).toBeOneOf(codes);
  });

  test('when its address has too many that are not known', async () => {
    await using edge = await stageEdge({ limits: edgeLimits({ connectionsPerAddress: 40 }) });
    const clients = await Promise.all(Array.from({ length: 10 }, () => openSocket(edge.url)));
    const excess = await openSocket(edge.url);
    expect(await excess.closed).toEqual({ code: 1013, reason: 'Too many sockets' });
    clients[0]?.send({ type: 'connection_init', payload: { apiKey: 'good' } });
    await clients[0]?.until({ type: 'connection_ack' });
    const next = await greet(edge.url);
    expect(next.socket.readyState).toBe(next.socket.OPEN);
  });

  test('when its address has guessed too often', async () => {
    await using edge = await stageEdge({ limits: edgeLimits({}, { failedKeysPerAddress: 1 }) });
    const init = { type: 'connection_init', payload: { apiKey: 'wrong' } };
    const [first, second] = [await openSocket(edge.url), await openSocket(edge.url)];
    first.send(init);
    expect((await first.closed).code).toBe(4403);
    second.send(init);
    expect((await second.closed).code).toBe(1013);
    const right = await openSocket(edge.url);
    right.send({ type: 'connection_init', payload: { apiKey: 'good' } });
    expect((await right.closed).code).toBe(1013);
  });
});

function sendParts(socket: WebSocket): void {
  for (let index = 0; index < 2_000; index += 1) part(socket, 10);
}

function sendPings(socket: WebSocket): void {
  for (let index = 0; index < 1_000; index += 1) socket.ping('x'.repeat(100));
}

/** The head of a frame of 10 MB, and a little of it. */
function beginFrame(socket: WebSocket): void {
  const head = Buffer.from([0x01, 0xff, 0, 0, 0, 0, 0, 0x98, 0x96, 0x80, 1, 2, 3, 4]);
  const { _socket } = socket as unknown as { readonly _socket: Socket };
  _socket.write(Buffer.concat([head, Buffer.alloc(GREETING_LIMIT_BYTES)]));
}

describe('once its client is known', () => {
  test('a message that hardly goes on closes its socket; those who only answer pings stay', async () => {
    const time = createManualTime();
    await using edge = await stageEdge({ timers: time.timers });
    const [slow, quiet] = [await greet(edge.url), await greet(edge.url)];
    const idle = time.pending();
    part(slow.socket, 10);
    connectionOf(quiet).write(Buffer.from([0x8a, 0x80, 1, 2, 3, 4]));
    await expect.poll(() => time.pending(), patience).toBe(idle + 1);
    await time.advance(SLOW_GRACE_MS);
    expect(await slow.closed).toEqual({ code: 4408, reason: 'Message timeout' });
    for (let elapsedMs = 0; elapsedMs < 2 * LONGEST_ARRIVAL_MS; elapsedMs += PING_INTERVAL_MS) {
      const pinged = new Promise((resolve) => quiet.socket.once('ping', resolve));
      await time.advance(PING_INTERVAL_MS);
      await pinged;
      quiet.send({ type: 'ping' });
      await expect
        .poll(() => quiet.messages.length, patience)
        .toBeGreaterThan(elapsedMs / PING_INTERVAL_MS + 1);
    }
    expect(quiet.socket.readyState).toBe(quiet.socket.OPEN);
  });

  test('what is not ended and what is not answered finds no room beyond the share of its key', async () => {
    await using edge = await stageEdge({ heldBytes: 100_000 });
    const filler = '#'.repeat(20_000);
    const [first, second, other] = [
      await greet(edge.url),
      await greet(edge.url),
      await greet(edge.url, 'stranger'),
    ];
    first.subscribe('1', `{ slow } ${filler}`);
    await expect.poll(() => edge.life.started, patience).toBe(1);
    part(second.socket, 40_000);
    expect(await second.closed).toEqual({ code: 1013, reason: 'Too much is under way' });
    edge.released.resolve('done');
    await first.until({ id: '1', type: 'complete' });
    first.subscribe('2', `{ hello } ${filler}${filler}`);
    await first.until({ id: '2', type: 'complete' });
    other.subscribe('1', `{ hello } ${filler}${filler}`);
    await other.until({ id: '1', type: 'complete' });
  });

  test('the id of an operation is short, or its socket is closed', async () => {
    await using edge = await stageEdge();
    const client = await greet(edge.url);
    client.subscribe('x'.repeat(MAX_ID_CHARACTERS), '{ hello }');
    await client.until({ id: 'x'.repeat(MAX_ID_CHARACTERS), type: 'complete' });
    client.subscribe('x'.repeat(9_500_000), 'subscription { ticks }');
    expect(await client.closed).toEqual({ code: 4400, reason: 'Operation id too long' });
    expect(edge.life.started).toBe(0);
  });

  test('a pong does not repeat a long payload', async () => {
    await using edge = await stageEdge();
    const client = await greet(edge.url);
    client.send({ type: 'ping', payload: { text: 'x'.repeat(1_000_000) } });
    await client.until({ type: 'pong' });
    expect(JSON.stringify(client.messages)).not.toContain('xx');
  });

  test('a key has so many sockets, and another key its own', async () => {
    await using edge = await stageEdge({ limits: edgeLimits({ socketsPerKey: 1 }) });
    const first = await greet(edge.url);
    const excess = await openSocket(edge.url);
    excess.send({ type: 'connection_init', payload: { apiKey: 'other' } });
    expect(await excess.closed).toEqual({ code: 1013, reason: 'Too many sockets' });
    await greet(edge.url, 'stranger');
    first.socket.close();
    await first.closed;
    await greet(edge.url, 'other');
  });
});

test('a key has so many subscriptions, over whichever transport', async () => {
  await using edge = await stageEdge({ limits: edgeLimits({ subscriptionsPerKey: 2 }) });
  const client = await greet(edge.url);
  for (const id of ['1', '2', '3']) client.subscribe(id, 'subscription { ticks }');
  const error = expect.objectContaining({ extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } });
  await client.until({ id: '3', type: 'next', payload: { errors: [error] } });
  const overSse = () =>
    fetch(`${edge.url}/graphql?query=subscription{count}`, {
      headers: { authorization: 'Bearer good', accept: 'text/event-stream' },
    });
  const refused = await overSse();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.text()).toContain('RATE_LIMITED');
  client.send({ id: '1', type: 'complete' });
  await expect.poll(async () => (await overSse()).status, patience).toBe(200);
});
