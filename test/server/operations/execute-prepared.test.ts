import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { transports } from '../../support/graphql/transports.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

let server: TestServer;
const keys = new Map([['admin', adminKey]]);
beforeAll(async () => {
  server = await startServer({ SWITCHYARD_MUTATIONS_PER_MINUTE_PER_KEY: '1000' });
  keys.set('viewer', (await issueKey(server, { roles: ['VIEWER'] })).text);
});
afterAll(() => server[Symbol.asyncDispose]());

const messages = [{ role: 'USER', content: 'Say hello.' }];
const models = ['simulated/steady'];
const route = `route(input: $input) {
  __typename
  ... on RouteSuccess { completion { text finishReason } decision { status attempts { status modelSlug } } degraded }
  ... on Error { message code }
  ... on InvalidInput { issues { path message } }
  ... on NoEligibleModel { retryAfterMs decision { status } }
}`;

/** Operations by what they are; what they select is put in, plainly or within a fragment that always holds. */
type Case = readonly [name: string, head: string, fields: string, variables?: object];
const input = { messages, models };
const cases: readonly Case[] = [
  ['a call', 'mutation ($input: RouteInput!)', route, { input }],
  ['two calls', 'mutation ($input: RouteInput!)', `${route} again: ${route}`, { input }],
  ['a call of no model', 'mutation ($input: RouteInput!)', route, { input: { messages, models: [] } }],
  ['an unknown model', 'mutation ($input: RouteInput!)', route, { input: { messages, models: ['no/such'] } }],
  ['a broken rule', 'mutation ($input: RouteInput!)', route, { input: { ...input, deadlineMs: -1 } }],
  ['no messages', 'mutation ($input: RouteInput!)', route, { input: { models } }],
  [
    'variables of the wrong type',
    'mutation ($input: RouteInput!)',
    route,
    { input: { messages: 1, odd: 2 } },
  ],
  ['no variables', 'mutation ($input: RouteInput!)', route],
  ['null', 'mutation ($input: RouteInput!)', route, { input: null }],
  ['variables in a list', 'mutation ($input: RouteInput!)', route, { input: [input] }],
  ['large variables that are wrong', 'mutation ($input: RouteInput!)', route, { input: 'x'.repeat(100_000) }],
  ['a field', '', 'viewer { roles __typename }'],
  ['a field of others', 'query ($first: Int)', 'viewer { roles } tenants(first: $first) { __typename }'],
  ['nothing', 'query ($id: ID!)', 'routingDecision(id: $id) { id }', { id: 'nothing' }],
  ['a page that is too large', '', 'models(first: 100000) { nodes { key } }'],
];

/** Without what differs between two calls, and where in its document an error stands. */
function masked(answer: string): string {
  return answer.replaceAll(/,?\\?"locations\\?":\[[^\]]*\]/g, '');
}

describe.for(['POST', 'WebSocket'])('over %s', (transport) => {
  describe.for(['admin', 'viewer'])('%s', (caller) => {
    test.for(cases)(
      'is answered the same with a plan and without: %s',
      async ([, head, fields, variables]) => {
        const send = (query: string) =>
          transports[transport]!({
            url: server.url,
            key: keys.get(caller)!,
            query,
            ...(variables && { variables }),
          });
        const plain = await send(`${head} { ${fields} }`);
        // Directives are not for plans.
        const other = await send(`${head} { ... @include(if: true) { ${fields} } }`);
        expect(masked(plain)).toBe(masked(other));
      },
    );
  });
});
