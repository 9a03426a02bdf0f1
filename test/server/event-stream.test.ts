import { expect, test } from 'vitest';
import { openEventStream } from './event-stream-client.ts';
import { stageEdge } from './edge-stage.ts';
import { patience } from '../support/graphql/socket-client.ts';
import { stillness } from './stillness.ts';

const event = (data: object) => `event: next\ndata: ${JSON.stringify(data)}\n\n`;
const complete = 'event: complete\ndata:\n\n';

test('a subscription over SSE delivers its events, then `complete`, and ends', async () => {
  await using edge = await stageEdge();
  const client = await openEventStream(edge.url, 'subscription { count(to: 2) }');
  await client.closed;
  expect(client.response.headers['content-type']).toBe('text/event-stream');
  expect(client.text()).toBe(event({ data: { count: 1 } }) + event({ data: { count: 2 } }) + complete);
  expect(edge.life).toMatchObject({ disposed: 1, aborted: 1 });
});

test('a fault of ours in a stream is its last event, masked', async () => {
  await using edge = await stageEdge();
  const client = await openEventStream(edge.url, 'subscription { failing }');
  await client.closed;
  expect(client.text()).toMatch(/"code":"INTERNAL".*\n\nevent: complete\ndata:\n\n$/);
  expect(client.text()).not.toContain('secret');
});

test('a client that vanishes aborts the signal and disposes of the generator, at once', async () => {
  await using edge = await stageEdge();
  const waiting = await openEventStream(edge.url, 'subscription { ticks }');
  await waiting.until('"ticks":1');
  waiting.vanish();
  await expect.poll(() => edge.life, patience).toMatchObject({ started: 1, disposed: 1, aborted: 1 });
  // While its events are being sent.
  const flooded = await openEventStream(edge.url, 'subscription { texts(bytes: 10000) }', false);
  await stillness(() => edge.life.drawn);
  flooded.vanish();
  await expect.poll(() => edge.life, patience).toMatchObject({ started: 2, disposed: 2, aborted: 2 });
});

test('nothing is produced for a client that does not read; when it reads on, it misses nothing', async () => {
  await using edge = await stageEdge();
  const bytes = 10_000;
  const client = await openEventStream(edge.url, `subscription { texts(bytes: ${bytes}) }`, false);
  const drawn = await stillness(() => edge.life.drawn);
  // What the two kernels buffer is not ours to bound.
  expect(drawn * bytes).toBeLessThan(32 * 1024 * 1024);
  let received = 0;
  client.response.on('data', (chunk: string) => (received += chunk.length));
  await expect.poll(() => received, patience).toBeGreaterThan((drawn + 100) * bytes);
  client.vanish();
  await expect.poll(() => edge.life.disposed, patience).toBe(1);
});

test('a subscription whose variables are wrong is refused with 400, as any other operation is', async () => {
  await using edge = await stageEdge();
  const query = 'subscription ($bytes: Int!) { texts(bytes: $bytes) }';
  const response = await fetch(`${edge.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer good',
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query }),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('INVALID_INPUT');
});
