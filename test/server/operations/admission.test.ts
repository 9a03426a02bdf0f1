import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey } from '../../support/graphql/client.ts';
import { issueKey } from '../../support/graphql/admin.ts';
import { transports } from '../../support/graphql/transports.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

let server: TestServer;
let viewer: string;
beforeAll(async () => {
  server = await startServer();
  viewer = (await issueKey(server, { roles: ['VIEWER'] })).text;
});
afterAll(() => server[Symbol.asyncDispose]());

const preview = 'query ($input: RouteInput!) { previewRoute(input: $input) { __typename } }';
const broken = { input: { messages: 'secret words', nonsense: ['secret words'] } };
const forbidden = /an API key needs the role ADMIN or TENANT_ADMIN or AGENT; this one has VIEWER.*FORBIDDEN/;

describe.for(Object.keys(transports))('over %s', (name) => {
  const send = (query: string, variables = {}, key = viewer) =>
    transports[name]!({ url: server.url, key, query, variables });

  test('who may not call a field learns that, and nothing of what is wrong with the input', async () => {
    const text = await send(preview, broken);
    expect(text).toMatch(forbidden);
    expect(text).not.toMatch(/secret|nonsense|INVALID_INPUT/);
    expect(await send(preview, broken, adminKey)).toMatch(/INVALID_INPUT/);
  });

  test('a field that may be null is forbidden before variables are judged, also beside others', async () => {
    const query =
      'query ($first: Int) { viewer { roles } tenants(first: $first) { headCursor: __typename } }';
    const text = await send(query, { first: 'secret' });
    expect(text).toMatch(/needs the role ADMIN; this one has VIEWER.*FORBIDDEN/);
    expect(text).not.toMatch(/secret|INVALID_INPUT/);
    const sound = await send(query, { first: 1 });
    expect(sound).toMatch(/"roles":\["VIEWER"\]/);
    expect(sound).toMatch(/FORBIDDEN/);
  });

  test('what a directive leaves out is not forbidden', async () => {
    const query = `query ($out: Boolean = true) {
      viewer { roles } ... on Query @skip(if: $out) { ...More }
    } fragment More on Query { providers { slug } tenants { __typename } }`;
    expect(await send(query)).not.toMatch(/FORBIDDEN/);
    expect(await send(query, { out: false })).toMatch(/FORBIDDEN/);
  });

  test('a subscription of which everything is left out is refused by a clear error', async () => {
    for (const query of [
      'subscription { circuitBreakers @skip(if: true) { state } }',
      'subscription { circuitBreakers @include(if: false) { state } }',
      'subscription { ... @skip(if: true) { circuitBreakers { state } } }',
    ]) {
      const text = await send(query);
      expect(text).toMatch(/A subscription needs its field.*"code":"INVALID_INPUT"/);
    }
  });

  test('no variable decides whether a subscription has its field, and that is said', async () => {
    for (const query of [
      'subscription ($out: Boolean = true) { circuitBreakers @skip(if: $out) { state } }',
      'subscription ($out: Boolean!) { ...F @include(if: $out) } fragment F on Subscription { circuitBreakers { state } }',
      'subscription ($out: Boolean!) { ...F } fragment F on Subscription { ... @skip(if: $out) { circuitBreakers { state } } }',
    ]) {
      expect(await send(query, { out: true })).toMatch(/No variable can decide.*"code":"INVALID_INPUT"/);
    }
  });

  test('a query or mutation of which everything is left out is answered with nothing', async () => {
    const skipped = 'query { viewer @skip(if: true) { roles } }';
    expect(await send(skipped)).toMatch(/"data":\{\}/);
    const input = '{ messages: [{ role: USER, content: "x" }] }';
    const call = `mutation { route(input: ${input}) @skip(if: true) { __typename } }`;
    if (name !== 'GET') expect(await send(call)).toMatch(/"data":\{\}/);
  });

  test('a forbidden mutation beside an allowed one is refused before either is carried out', async () => {
    if (name === 'GET') return;
    const { text: agent } = await issueKey(server, { roles: ['AGENT'] });
    const calls = () =>
      server.field<{ nodes: unknown[] }>('routingDecisions', '{ routingDecisions { nodes { id } } }');
    const before = (await calls()).nodes.length;
    const mutation = `mutation {
      route(input: { messages: [{ role: USER, content: "x" }] }) { __typename }
      createTenant(input: { slug: "x", name: "x" }) { __typename }
    }`;
    expect(await send(mutation, {}, agent)).toMatch(/FORBIDDEN/);
    expect((await calls()).nodes.length).toBe(before);
  });
});

test('9 MB of variables of somebody who may not call are not judged', async () => {
  const messages = Array.from({ length: 100 }, () => 'x'.repeat(90_000));
  expect(await server.ask(preview, { input: { messages } }, viewer)).toMatchObject({
    data: null,
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
  expect(await server.ask(preview, { input: { messages } })).toMatchObject({
    errors: [{ extensions: { code: 'INVALID_INPUT' } }, {}],
  });
});

test('a GET calls no model: neither by a mutation nor by a subscription', async () => {
  const input = '{ messages: [{ role: USER, content: "x" }] }';
  for (const query of [
    `mutation { route(input: ${input}) { __typename } }`,
    `subscription { routeStream(input: ${input}) { __typename } }`,
    `subscription { ...Call } fragment Call on Subscription { other: routeStream(input: ${input}) { __typename } }`,
  ]) {
    for (const accept of ['application/json', 'text/event-stream', '*/*']) {
      const headers = { authorization: `Bearer ${adminKey}`, accept };
      const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      expect(await response.text()).toMatch(/"code":"BAD_REQUEST"/);
    }
  }
  expect(await server.field('routingDecisions', '{ routingDecisions { nodes { id } } }')).toEqual({
    nodes: [],
  });
});

test('several operations in one body are no request', async () => {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
  const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
  expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/INVALID_INPUT/)]);
});
