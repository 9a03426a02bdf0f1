import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addModel, change, issueKey } from '../../support/graphql/admin.ts';
import { adminKey, type GraphQLAnswer } from '../../support/graphql/client.ts';
import { followBySocket, type LiveClient } from '../../support/graphql/live-client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
const others = ['TENANT_ADMIN', 'AGENT', 'VIEWER'] as const;
const keys: Record<string, string> = {};
const host = 'internal-gateway.example';
const words = 'we doubt this contract';
let transition: string;

beforeAll(async () => {
  server = stack.use(await startServer());
  for (const role of others) keys[role] = (await issueKey(server, { roles: [role] })).text;
  await addModel(server, 'acme', { baseUrl: `http://${host}/v1` });
  const names = { providerSlug: 'acme', modelSlug: 'model' };
  await change(server, 'overrideBreaker', { ...names, mode: 'FORCED_OPEN', reason: words, generation: 0 });
  const query = '{ breakerTransitions { nodes { id } } }';
  const found = await server.field<{ nodes: { id: string }[] }>('breakerTransitions', query);
  transition = found.nodes[0]!.id;
});
afterAll(() => stack.disposeAsync());

const wayTo = {
  'a list': '{ providers { slug baseUrl credentialName requestsPerMinute tokensPerMinute } }',
  'a model': '{ models(providerSlug: "acme") { nodes { provider { baseUrl } } } }',
  'a node': `{ node(id: "${Buffer.from('Provider:acme').toString('base64')}") { ... on Provider { baseUrl } } }`,
};

describe.for(others)('a %s', (role) => {
  const ask = (query: string): Promise<GraphQLAnswer> => server.ask(query, {}, keys[role]);

  test.for(Object.entries(wayTo))('learns no provider’s address by way of %s', async ([, query]) => {
    const answer = await ask(query);
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/needs the role ADMIN; this one has/) as string,
      extensions: { code: 'FORBIDDEN' },
    });
    expect(JSON.stringify(answer.data)).toContain('"baseUrl":null');
    expect(JSON.stringify(answer)).not.toContain(host);
    expect(JSON.stringify((await server.ask(query)).data)).toContain(host);
  });

  test('sees that a breaker is forced, and neither by whom nor why', async () => {
    const breakers = '{ circuitBreakers(providerSlug: "acme") { nodes { state mode modeReason } } }';
    const log = '{ breakerTransitions(providerSlug: "acme") { nodes { to actor reason } } }';
    const node = `{ node(id: "${transition}") { ... on BreakerTransition { to actor reason } } }`;
    expect((await ask(breakers)).data).toEqual({
      circuitBreakers: { nodes: [{ state: 'OPEN', mode: 'FORCED_OPEN', modeReason: null }] },
    });
    const shown = { to: 'OPEN', actor: null, reason: 'An operator changed it.' };
    expect((await ask(log)).data).toEqual({ breakerTransitions: { nodes: [shown] } });
    expect((await ask(node)).data).toEqual({ node: shown });
  });

  test('learns no more by following', async () => {
    if (role === 'AGENT') return;
    const follow = (key: string, field: string): Promise<LiveClient<object>> =>
      followBySocket({ url: server.url, key }, field);
    const field = 'circuitBreakers(providerSlug: "acme") { mode modeReason }';
    // The ADMIN's answer to the same event is not given to others, nor theirs to the ADMIN.
    const [admin, own] = await Promise.all([follow(adminKey, field), follow(keys[role]!, field)]);
    await Promise.all([admin.until(1), own.until(1)]);
    expect(admin.events()[0]).toEqual({ mode: 'FORCED_OPEN', modeReason: words });
    expect(own.events()[0]).toEqual({ mode: 'FORCED_OPEN', modeReason: null });
    admin.vanish();
    own.vanish();
  });
});
