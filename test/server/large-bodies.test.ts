import { expect, test } from 'vitest';
import type { Viewer } from '../../src/tenants/viewer.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { stageEdge } from './edge-stage.ts';
import { headOf, openRaw } from './raw-connection.ts';

const viewerOf = (tenantId: string, roles: Viewer['roles']): Viewer => ({ tenantId, keyId: tenantId, roles });
const viewers: Readonly<Record<string, Viewer>> = {
  reader: viewerOf('a', ['VIEWER']),
  caller: viewerOf('b', ['AGENT']),
};

/** Who asks before it sends is told to send when its body would be read. */
const announced = ['Expect: 100-continue', 'Content-Length: 2000000'];

async function stage() {
  const time = createManualTime();
  const edge = await stageEdge({ timers: time.timers, authenticate: (key) => viewers[key] });
  const announce = async (key: string) => {
    const client = await openRaw(edge.url);
    client.socket.write(headOf(announced, key));
    return client;
  };
  return { time, edge, announce };
}

test('large bodies of a tenant that has no models called are read one after the other', async () => {
  const { time, edge, announce } = await stage();
  await using _edge = edge;
  const first = await announce('reader');
  await first.answered(1);
  const waiting = [await announce('reader'), await announce('reader')];
  // Whoever is answered meanwhile came later.
  await (await announce('caller')).answered(1);
  const told = () => waiting.map((client) => client.statuses().length);
  expect(told()).toEqual([0, 0]);
  await time.advance(500);
  await expect.poll(told).toEqual([1, 0]);
  await time.advance(500);
  await expect.poll(told).toEqual([1, 1]);
});

test('large bodies of those who have models called are read as they come', async () => {
  const { edge, announce } = await stage();
  await using _edge = edge;
  const clients = [await announce('caller'), await announce('caller'), await announce('caller')];
  for (const client of clients) await client.answered(1);
  expect(clients.flatMap((client) => client.statuses())).toEqual([100, 100, 100]);
});

test('whoever leaves while it waits is not waited for', async () => {
  const { time, edge, announce } = await stage();
  await using _edge = edge;
  await (await announce('reader')).answered(1);
  const leaving = await announce('reader');
  leaving.socket.destroy();
  await leaving.closed;
  await time.advance(500);
  const last = await announce('reader');
  await time.advance(500);
  await last.answered(1);
  expect(last.statuses()).toEqual([100]);
});
