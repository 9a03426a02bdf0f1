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

/** Mutations by what they are: what they select, plainly or within a fragment that always holds. */
type Case = readonly [name: string, fields: string, variables?: object];
const input = { messages, models };
const cases: readonly Case[] = [
  ['a call', route, { input }],
  ['two calls', `${route} again: ${route}`, { input }],
  ['a call of no model', route, { input: { messages, models: [] } }],
  ['an unknown model', route, { input: { messages, models: ['no/such'] } }],
  ['a broken rule', route, { input: { ...input, deadlineMs: -1 } }],
  ['no messages', route, { input: { models } }],
  ['variables of the wrong type', route, { input: { messages: 1, odd: 2 } }],
  ['no variables', route],
  ['null', route, { input: null }],
  ['variables in a list', route, { input: [input] }],
  ['large variables that are wrong', route, { input: 'x'.repeat(100_000) }],
];

/** Without what differs between two calls, and where in its document an error stands. */
function masked(answer: string): string {
  return answer.replaceAll(/,?\\?"locations\\?":\[[^\]]*\]/g, '');
}

describe.for(['POST', 'WebSocket'])('over %s', (transport) => {
  describe.for(['admin', 'viewer'])('%s', (caller) => {
    test.for(cases)('is answered the same with a plan and without: %s', async ([, fields, variables]) => {
      const send = (query: string) =>
        transports[transport]!({
          url: server.url,
          key: keys.get(caller)!,
          query,
          ...(variables && { variables }),
        });
      const plain = await send(`mutation ($input: RouteInput!) { ${fields} }`);
      // Directives are not for plans.
      const other = await send(`mutation ($input: RouteInput!) { ... @include(if: true) { ${fields} } }`);
      expect(masked(plain)).toBe(masked(other));
    });
  });
});
