import { EventEmitter, once } from 'node:events';
import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { stageEdge } from '../../server/edge-stage.ts';
import { edgeLimits } from '../../support/servers/edge-limits.ts';
import { patience } from '../../support/graphql/socket-client.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

const countEmitters = () => queryObjects(EventEmitter, { format: 'count' });
test('ten thousand clients that connect, subscribe and vanish leave nothing behind', async () => {
  const clients = 10_000;
  const time = createManualTime();
  // So many within a minute of one key, and each begins a stream.
  const limits = edgeLimits({}, { subscriptionsPerKey: 1e6, requestsPerKey: 1e6, requestsPerAddress: 1e6 });
  await using edge = await stageEdge({ timers: time.timers, limits });
  const cycle = async (index: number) => {
    const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send('{"type":"connection_init","payload":{"apiKey":"good"}}');
    await once(socket, 'message');
    socket.send('{"id":"1","type":"subscribe","payload":{"query":"subscription { ticks }"}}');
    // Some vanish before their stream has begun.
    if (index % 4 > 0) await once(socket, 'message');
    socket.terminate();
    await once(socket, 'close');
  };
  // A socket has timers until it is let go of.
  const held = () => time.pending() + edge.life.started - edge.life.disposed;
  // What the first client brings into being, once for all, is not left behind by it.
  await cycle(1);
  await expect.poll(held, patience).toBe(0);
  const before = countEmitters();
  let index = 1;
  const worker = async () => {
    while (index < clients) await cycle((index += 1));
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  await expect.poll(held, patience).toBe(0);
  // Something else of the process may have come meanwhile, but not one thing for each hundred clients.
  expect(countEmitters() - before).toBeLessThan(clients / 100);
  expect(edge.life.started).toBeGreaterThanOrEqual(clients * 0.75);
  expect(edge.life.aborted).toBe(edge.life.started);
  await edge.stop();
  expect(edge.log.lines).toEqual([]);
}, 120_000);
