import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel, issueKey, revokeKey } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { followBySocket } from '../../support/graphql/live-client.ts';
import { allOf, routeStream, toldBy, type ShownEvent } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;
beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'first', provider, { capabilities: ['STREAMING'] });
});
afterAll(() => stack.disposeAsync());

const lastStatus = async () => {
  const query = '{ routingDecisions(first: 1) { nodes { status } } }';
  const { nodes } = await server.field<{ nodes: { status: string }[] }>('routingDecisions', query);
  return nodes[0]?.status;
};

it('a streamed call whose key is revoked ends, its provider is let go, and the call is recorded', async () => {
  const { id, text } = await issueKey(server);
  provider.next({ chunks: ['Hel', 'lo.'], streamFault: 'stall', afterChunks: 1 });
  const abandoned = provider.abandoned;
  const events: ShownEvent[] = [];
  const reading = (async () => {
    for await (const event of routeStream(server, { models: ['first/*'] }, text)) events.push(event);
  })();
  const ended = expect(reading).rejects.toThrow('UNAUTHENTICATED');
  await expect.poll(() => toldBy(events)).toContain('Hel');
  await revokeKey(server, id);
  await ended;
  await provider.abandonment(abandoned + 1);
  await expect.poll(lastStatus).toBe('CANCELLED');
});

it('over a socket, too', async () => {
  const { id, text } = await issueKey(server);
  provider.next({ chunks: ['Hel', 'lo.'], streamFault: 'stall', afterChunks: 1 });
  const abandoned = provider.abandoned;
  const call = 'routeStream(input: { messages: [{ role: USER, content: "x" }], models: ["first/*"] })';
  const client = await followBySocket({ url: server.url, key: text }, `${call} { __typename }`);
  await client.until(3);
  await revokeKey(server, id);
  await client.ended();
  expect(client.errors()).toEqual(['UNAUTHENTICATED']);
  await provider.abandonment(abandoned + 1);
});

it('one with an idempotency key runs on without its caller, for those of its tenant who ask again', async () => {
  const { id, text } = await issueKey(server);
  const released = Promise.withResolvers<void>();
  provider.next({ chunks: ['Hel', 'lo.'], gate: (chunk) => (chunk === 1 ? released.promise : undefined) });
  const input = { models: ['first/*'], idempotencyKey: 'rotated' };
  const received = provider.received;
  const events: ShownEvent[] = [];
  const reading = (async () => {
    for await (const event of routeStream(server, input, text)) events.push(event);
  })();
  const ended = expect(reading).rejects.toThrow('UNAUTHENTICATED');
  await expect.poll(() => toldBy(events)).toContain('Hel');
  await revokeKey(server, id);
  await ended;
  released.resolve();
  expect(toldBy(await allOf(routeStream(server, input, adminKey)))).toEqual([
    'RouteDecided',
    'Hello.',
    'RouteCompleted',
  ]);
  expect(provider.received).toBe(received + 1);
});
