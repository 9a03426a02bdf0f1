import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel, issueKey } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { allOf, routeStream, toldBy, type ShownEvent } from '../../support/graphql/stream-call.ts';
import type { Asked } from '../../support/graphql/client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `first/model`. */
let first: ScriptedProvider;

const addFirst = (to: TestServer) => addModel(to, 'first', first, { capabilities: ['STREAMING'] });

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  first.always({ chunks: ['Hel', 'lo.'] });
  await addFirst(server);
});
afterAll(() => stack.disposeAsync());

/** A streamed call to `first/model`. */
const subscribe = (input: object = {}, to: Asked = server, key?: string) =>
  routeStream(to, { models: ['first/*'], ...input }, key);

it('an input that breaks a rule is told as the only event, and nothing is sent', async () => {
  const before = first.received;
  const events = await allOf(subscribe({ timeoutMs: 1 }));
  expect(events).toMatchObject([
    {
      ...{ __typename: 'RouteFailed', deliveredText: '' },
      error: { __typename: 'InvalidInput', issues: [{ path: ['timeoutMs'] }] },
    },
  ]);
  expect(first.received).toBe(before);
});

it('a caller that has used up its quota is told so as the only event, and nothing is sent', async () => {
  const { text: key } = await issueKey(server, { requestsPerMinute: 1 });
  expect(toldBy(await allOf(subscribe({}, server, key)))).toContain('RouteCompleted');
  const before = first.received;
  expect(await allOf(subscribe({}, server, key))).toMatchObject([
    { deliveredText: '', error: { __typename: 'RateLimited', retryAfterMs: expect.any(Number) } },
  ]);
  expect(first.received).toBe(before);
});

describe.skipIf(inject('postgres') === null)('while Postgres is away', () => {
  it('a stream is recorded in the spool, and one with a key is told Unavailable as its only event', async () => {
    await using parts = new AsyncDisposableStack();
    const postgres = parts.use(await createPostgresDatabase());
    const cut = parts.use(await startServer({ DATABASE_URL: postgres.url }));
    await addFirst(cut);
    const call = (input: object) => allOf(subscribe(input, cut));
    await postgres.allowConnections(false);
    const before = first.received;
    expect(await call({ idempotencyKey: 'away' })).toMatchObject([
      { deliveredText: '', error: { __typename: 'Unavailable', retryAfterMs: expect.any(Number) } },
    ]);
    expect(first.received).toBe(before);
    const events = await call({});
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', 'Hel', 'lo.', 'RouteCompleted']);
    expect(events.at(-1)).toMatchObject({ degraded: ['DATABASE'] });
    await postgres.allowConnections(true);
  });
});

it('an instance that stops ends its streams with a last event, and then the connection', async () => {
  await using stopping = await startServer();
  await addFirst(stopping);
  first.next({ chunks: ['Hel', 'lo.'], chunkDelayMs: 60_000 });
  const events: ShownEvent[] = [];
  const startedMs = performance.now();
  for await (const event of subscribe({}, stopping)) {
    events.push(event);
    if (event.__typename === 'TextDelta') void stopping[Symbol.asyncDispose]();
  }
  expect(toldBy(events)).toEqual(['RouteDecided', '1 first', 'Hel', 'RouteFailed']);
  expect(events.at(-1)).toMatchObject({
    deliveredText: 'Hel',
    error: { __typename: 'StreamInterrupted', message: 'The server is stopping.', failureClass: 'CANCELLED' },
  });
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});
