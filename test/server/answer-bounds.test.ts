import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorLimits } from '../../src/server/bounded-errors.ts';
import { adminKey } from '../support/graphql/client.ts';
import { openSocket, patience } from '../support/graphql/socket-client.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { nestFragments } from './nested-fragments.ts';

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server[Symbol.asyncDispose]());

const authorization = `Bearer ${adminKey}`;
const amplifying = nestFragments({ levels: 2, aliases: 20 });

/** Sends a body as it is, and reads the whole answer as it came. */
async function textOf(body: object, accept = 'application/json'): Promise<string> {
  const headers = { authorization, accept, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  return (await fetch(`${server.url}/graphql`, init)).text();
}

/** What an operation is answered over a socket. */
async function overSocket(query: string, variables: object = {}): Promise<string> {
  const client = await openSocket(server.url, undefined, { headers: { authorization } });
  client.send({ type: 'connection_init' });
  await client.until({ type: 'connection_ack' });
  client.subscribe('1', query, variables);
  await expect.poll(() => client.messages.length, patience).toBeGreaterThan(1);
  client.socket.close();
  await client.closed;
  return JSON.stringify(client.messages[1]);
}

test('a small document of a large answer is refused over POST, GET, server-sent events and WebSocket', async () => {
  const refused = /The document costs \d+ bytes of answer or more, of \d+ at most.*"code":"INVALID_INPUT"/;
  const address = `${server.url}/graphql?query=${encodeURIComponent(amplifying)}`;
  const got = await fetch(address, { headers: { authorization } });
  expect(await got.text()).toMatch(refused);
  expect(await textOf({ query: amplifying })).toMatch(refused);
  expect(await textOf({ query: amplifying }, 'text/event-stream')).toMatch(refused);
  expect(await overSocket(amplifying)).toMatch(refused);
});

const query = 'query ($first: Int) { routingDecisions(first: $first) { headCursor } }';
const subscription = 'subscription ($after: Boolean) { decisionMade @skip(if: $after) { __typename } }';
const long = 'x\u2028'.repeat(1_000_000);

test('errors do not repeat a long input, and show what is printable', async () => {
  const list = 'query ($input: RouteInput!) { previewRoute(input: $input) { __typename } }';
  const texts = [
    await textOf({ query, variables: { first: long } }),
    await textOf({
      query: list,
      variables: { input: { messages: Array.from({ length: 60 }, () => long.slice(0, 50_000)) } },
    }),
    await textOf({ query: `{ routingDecisions(first: "${'y'.repeat(100_000)}") { headCursor } }` }),
    await textOf({ query: `{ ${'z'.repeat(100_000)} }` }),
    await textOf({ query: subscription, variables: { after: long } }, 'text/event-stream'),
    await overSocket(query, { first: long }),
    await overSocket(subscription, { after: long }),
  ];
  for (const text of texts) {
    expect(text).toMatch(/"code":"(INVALID_INPUT|GRAPHQL_VALIDATION_FAILED)"/);
    expect(text.length).toBeLessThan(10_000);
    expect(text).not.toContain('\u2028');
  }
}, 60_000);

test('an answer has room for so many errors, and says how many it leaves out', async () => {
  const unknown = `{ ${Array.from({ length: 60 }, (_, index) => `unknown${index}`).join(' ')} }`;
  for (const text of [await textOf({ query: unknown }), await overSocket(unknown)]) {
    expect(text.match(/"message":/g)).toHaveLength(errorLimits.errors);
    expect(text).toContain(`There are ${60 - errorLimits.errors + 1} more errors, which are not shown.`);
  }
});
