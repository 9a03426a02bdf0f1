import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { allOf, routeStream, toldBy } from '../../support/graphql/stream-call.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `calm/model`, which always answers. */
let calm: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer());
  calm = stack.use(await startScriptedProvider());
  await addModel(server, 'calm', calm, { ats: 0.6, capabilities: ['STREAMING'] });
});
afterAll(() => stack.disposeAsync());

/** Adds a clearly better provider that always replies so. */
async function add(slug: string, reply: ScriptedReply): Promise<ScriptedProvider> {
  const provider = stack.use(await startScriptedProvider());
  provider.always(reply);
  await addModel(server, slug, provider, { ats: 0.95, capabilities: ['STREAMING'] });
  return provider;
}

const backIn = (seconds: number): ScriptedReply => ({
  status: 503,
  headers: { 'retry-after': String(seconds) },
});
/** Between these two and nobody else, in less time than the provider asks for. */
const among = (slug: string) => ({ models: [`${slug}/model`, 'calm/model'], timeoutMs: 5_000 });

it('a model whose provider says when it will be back is called by nobody until then, while another is', async () => {
  const busy = await add('busy', backIn(30));
  expect(await route(server, among('busy'))).toMatchObject({
    __typename: 'RouteSuccess',
    decision: { attempts: [{ providerSlug: 'busy', retryAfterMs: 30_000 }, { providerSlug: 'calm' }] },
  });
  expect(await route(server, among('busy'))).toMatchObject({
    __typename: 'RouteSuccess',
    decision: {
      attempts: [{ providerSlug: 'calm' }],
      plan: { rejected: expect.arrayContaining([expect.objectContaining({ reason: 'RATE_LIMITED' })]) },
    },
  });
  expect(busy.received).toBe(1);
});

it('a stream that a provider refuses with the time of its return keeps all others from it as well', async () => {
  const busy = await add('busy-stream', backIn(30));
  const first = await allOf(routeStream(server, among('busy-stream')));
  expect(toldBy(first)).toEqual(['RouteDecided', '1 busy-stream', '2 calm', 'Hello.', 'RouteCompleted']);
  const second = await allOf(routeStream(server, among('busy-stream')));
  expect(toldBy(second)).toEqual(['RouteDecided', '1 calm', 'Hello.', 'RouteCompleted']);
  expect(busy.received).toBe(1);
});

it('a caller without another model is told when the one that it has is back', async () => {
  const busy = await add('alone', backIn(30));
  const input = { models: ['alone/model'], timeoutMs: 5_000 };
  expect(await route(server, input)).toMatchObject({
    __typename: 'AttemptsExhausted',
    retryAfterMs: 30_000,
  });
  const again = await route(server, input);
  expect(again).toMatchObject({ __typename: 'NoEligibleModel', decision: { attempts: [] } });
  expect(again.retryAfterMs).toBeGreaterThan(20_000);
  expect(busy.received).toBe(1);
});

it('a pause that fits into the caller’s time is waited out, by the call that met it and by the next', async () => {
  const busy = await add('short', { status: 503, headers: { 'retry-after-ms': '700' } });
  const arrivals: number[] = [];
  busy.always(() => {
    arrivals.push(performance.now());
    return arrivals.length < 3 ? { status: 503, headers: { 'retry-after-ms': '700' } } : {};
  });
  const input = { models: ['short/model'], timeoutMs: 60_000 };
  expect(await route(server, input)).toMatchObject({ __typename: 'AttemptsExhausted', retryAfterMs: 700 });
  expect(await route(server, input)).toMatchObject({ __typename: 'RouteSuccess' });
  const pausesMs = arrivals.slice(1).map((arrival, index) => arrival - arrivals[index]!);
  expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(690);
});

it('a 429 that does not say for how long is answered with the time that its model cools', async () => {
  await add('limited', { status: 429 });
  const refused = await route(server, { models: ['limited/model'], timeoutMs: 2_000 });
  expect(refused).toMatchObject({
    __typename: 'AttemptsExhausted',
    decision: { attempts: [{ failureClass: 'RATE_LIMITED', retryAfterMs: null }] },
  });
  expect(refused.retryAfterMs).toBeGreaterThan(3_000);
  expect(refused.retryAfterMs).toBeLessThanOrEqual(5_000);
});
