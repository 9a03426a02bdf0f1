import { expect, test } from 'vitest';
import { openEventStream } from '../event-stream-client.ts';
import { stageEdge } from '../edge-stage.ts';
import { stillness } from '../stillness.ts';
import { patience } from '../../support/graphql/socket-client.ts';

const event = (data: object) => `event: next\ndata: ${JSON.stringify(data)}\n\n`;
const complete = 'event: complete\ndata:\n\n';

/** Both answers to the same subscription: to a document that is not known yet, and by the short way. */
async function twice(query: string) {
  await using edge = await stageEdge();
  const answers = [];
  for (let time = 0; time < 2; time += 1) {
    const client = await openEventStream(edge.url, query);
    await client.closed;
    const { statusCode, headers, rawHeaders } = client.response;
    const { date: _date, ...others } = headers;
    answers.push({
      statusCode,
      headers: others,
      text: client.text(),
      isPlain: rawHeaders.includes('content-type'),
    });
  }
  return { answers, life: edge.life };
}

test.each([
  ['its events, and their end', 'subscription { count(to: 2) }'],
  ['a fault of ours as its last event', 'subscription { failing }'],
  ['why there is none', 'subscription ($bytes: Int!) { texts(bytes: $bytes) }'],
])('a subscription that is known is answered as one that is not: %s', async (_what, query) => {
  const { answers } = await twice(query);
  const [long, short] = answers.map(({ isPlain: _, ...told }) => told);
  expect(short).toEqual(long);
});

test('a subscription that is known goes the short way, and is let go at its end', async () => {
  const { answers, life } = await twice('subscription { count(to: 2) }');
  expect(answers.map(({ isPlain }) => isPlain)).toEqual([false, true]);
  expect(answers[1]?.text).toBe(event({ data: { count: 1 } }) + event({ data: { count: 2 } }) + complete);
  expect(life).toMatchObject({ disposed: 2, aborted: 2 });
});

test('a client that vanishes from a subscription that is known ends it at once', async () => {
  await using edge = await stageEdge();
  for (const count of [1, 2]) {
    const client = await openEventStream(edge.url, 'subscription { ticks }');
    await client.until('"ticks":1');
    client.vanish();
    await expect
      .poll(() => edge.life, patience)
      .toMatchObject({ started: count, disposed: count, aborted: count });
  }
});

test('nothing is produced for a client that does not read a subscription that is known', async () => {
  await using edge = await stageEdge();
  const bytes = 10_000;
  const query = `subscription { texts(bytes: ${bytes}) }`;
  const first = await openEventStream(edge.url, query);
  await first.until('event: next');
  first.vanish();
  await expect.poll(() => edge.life.disposed, patience).toBe(1);
  const before = edge.life.drawn;
  const client = await openEventStream(edge.url, query, false);
  const drawn = (await stillness(() => edge.life.drawn)) - before;
  // What the two kernels buffer is not ours to bound.
  expect(drawn * bytes).toBeLessThan(32 * 1024 * 1024);
  client.vanish();
  await expect.poll(() => edge.life.disposed, patience).toBe(2);
});
