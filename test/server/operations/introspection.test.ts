import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { transports } from '../../support/graphql/transports.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

let closed: TestServer;
let open: TestServer;
beforeAll(async () => {
  closed = await startServer({ SWITCHYARD_INTROSPECTION: 'off', SWITCHYARD_EXPLORER: 'off' });
  open = await startServer();
}, 240_000);
afterAll(async () => {
  await closed[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

/** Each is answered with a name of the schema where suggestions are made. */
const misspelt: readonly (readonly [query: string, variables: object])[] = [
  ['{ viwer { roles } }', {}],
  ['{ tenants(frist: 1) { nodes { slug } } }', {}],
  ['{ ... on Tenent { slug } }', {}],
  ['query ($x: RouteInptu) { __typename }', {}],
  ['{ circuitBreakers(states: [OPNE]) { nodes { state } } }', {}],
  ['query ($s: [BreakerState!]) { circuitBreakers(states: $s) { nodes { state } } }', { s: ['OPNE'] }],
  [
    'query ($input: RouteInput!) { previewRoute(input: $input) { __typename } }',
    { input: { mesages: [], messages: [] } },
  ],
];

describe.for(Object.keys(transports))('over %s', (name) => {
  const send = ({ url }: TestServer, query: string, variables = {}) =>
    transports[name]!({ url, key: adminKey, query, variables });

  test('the schema is told to nobody while introspection is off, and asked for otherwise', async () => {
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Query") { name } }',
      'query { ...Q } fragment Q on Query { s: __schema { queryType { name } } }',
    ]) {
      expect(await send(closed, query)).toMatch(/does not tell its schema.*FORBIDDEN/);
      expect(await send(open, query)).toMatch(/"data":\{"(__schema|__type|s)":/);
    }
    expect(await send(closed, '{ __typename viewer { __typename } }')).toContain('"__typename":"Query"');
  });

  test('errors suggest no names while it is off', async () => {
    for (const [query, variables] of misspelt) {
      const text = await send(closed, query, variables);
      expect(text).toMatch(/"message"/);
      expect(text).not.toMatch(/did you mean/i);
    }
  });
});

test('errors suggest names while introspection is on', async () => {
  for (const [query, variables] of misspelt) {
    const text = await transports['POST']!({ url: open.url, key: adminKey, query, variables });
    expect(text).toMatch(/did you mean/i);
  }
});

test('the usual introspection is refused as any other while it is off', async () => {
  expect(await closed.ask(getIntrospectionQuery())).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
});

test('a subscription cannot be misspelt into telling names either', async () => {
  for (const query of [
    'subscription { circuitBreakres { state } }',
    'subscription ($a: Int) { circuitBreakers(providerSlg: "x") { state } }',
  ]) {
    const text = await transports['server-sent events']!({ url: closed.url, key: adminKey, query });
    expect(text).not.toMatch(/did you mean/i);
  }
});

test('without the explorer a browser is answered as any other client', async () => {
  const page = (url: string) => fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect((await page(closed.url)).status).toBe(401);
  expect((await page(open.url)).status).toBe(200);
});
