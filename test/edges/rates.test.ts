import { expect, it } from 'vitest';
import { startServer } from '../support/servers/server.ts';
import { ask, sayHello } from './http-client.ts';

const MOST = 3;

it.each([
  ['lists of models', '/v1/models', undefined],
  ['counts of tokens', '/v1/messages/count_tokens', sayHello()],
  ['calls that are malformed', '/v1/chat/completions', { model: 7 }],
] as const)('%s are counted for each key, and refused beyond its rate', async (_, path, body) => {
  await using server = await startServer({ SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY: String(MOST) });
  for (let count = 0; count < MOST; count += 1) expect((await ask(server, path, body)).status).not.toBe(429);
  const { status, headers } = await ask(server, path, body);
  expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.toSatisfy((wait) => wait > 0)]);
});

it('megabytes are counted for as many as take as long to read, and routed calls for nothing', async () => {
  await using server = await startServer({ SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY: '300' });
  const content = 'x'.repeat(2_000_000);
  const large = sayHello({ messages: [{ role: 'user', content }] });
  const count = async () => (await ask(server, '/v1/messages/count_tokens', large)).status;
  expect([await count(), await count(), await count(), await count()]).toEqual([200, 200, 200, 429]);
  const read = { query: 'query ($a: JSON) { viewer { roles } }', variables: { a: content } };
  expect((await ask(server, '/graphql', read)).status).toBe(429);
  const called = {
    model: 'simulated/steady',
    messages: [{ role: 'user', content: content.slice(0, 100_000) }],
  };
  expect((await ask(server, '/v1/chat/completions', called)).status).toBe(200);
});
