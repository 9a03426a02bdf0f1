import { afterEach, describe, expect, test } from 'vitest';
import { loadDecision } from '../../../src/routing/record/decision.store.ts';
import { toRouteRefusal } from '../../../src/routing/record/call-end.ts';
import type { StreamEvent } from '../../../src/routing/stream/stream-event.ts';
import { createHeldTimers } from '../../support/time/held-timers.ts';
import { startScriptedProvider, type ScriptedReply } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer } from '../../support/servers/server.ts';
import { allOf } from '../../support/graphql/stream-call.ts';

const stacks: AsyncDisposableStack[] = [];
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

/** A whole instance whose timers of one delay a test lets run, and a provider that streams this. */
async function setUp(reply: ScriptedReply, heldMs: number) {
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const held = createHeldTimers(heldMs);
  const provider = stack.use(await startScriptedProvider());
  provider.always(reply);
  const { app, ...server } = stack.use(await startServer({}, { timers: held.timers }));
  await addModel(server, 'acme', provider, { capabilities: ['STREAMING'] });
  const { routeStream, route, database } = app.services;
  const { id: tenantId } = await database.prisma.tenant.findFirstOrThrow({ where: { slug: 'default' } });
  const stream = (idempotencyKey?: string) =>
    routeStream.routeStream({
      viewer: { tenantId, keyId: 'test', roles: ['AGENT'] },
      input: { messages: [{ role: 'user', content: 'Hi' }], models: ['acme/*'], idempotencyKey },
      signal: new AbortController().signal,
    });
  const stored = (id: string) => loadDecision(database.prisma, id);
  return { provider, held, routeStream, route, stream, stored };
}

/** Takes events until there was one of this kind; returns the stream's decision. */
async function takeTo(stream: AsyncIterator<StreamEvent>, kind: StreamEvent['kind']): Promise<string> {
  let decisionId = '';
  for (;;) {
    const { value } = (await stream.next()) as IteratorYieldResult<StreamEvent>;
    if (value.kind === 'decided') decisionId = value.view.decision.id;
    if (value.kind === kind) return decisionId;
  }
}

/** The last event of a stream that failed, in the words of its type. */
function failureOf(event: StreamEvent | undefined) {
  if (event?.kind !== 'failed') throw new Error(`It did not fail: ${event?.kind}`);
  const { error, deliveredText } = event;
  if (error instanceof Error) return { name: error.code, message: error.message, deliveredText };
  return { name: error.end.kind, message: toRouteRefusal(error).message, deliveredText };
}

const endless: ScriptedReply = { chunks: Array.from({ length: 1000 }, () => 'and on '), chunkDelayMs: 2 };
const heldForGood: ScriptedReply = { chunks: ['Hel', 'lo.'], chunkDelayMs: 600_000 };
const slowConsumerMs = 30_000;
const recordHoldMs = 1;

test('no text is handed over, nor told that it was decided, before the decision is durable', async () => {
  const { provider, held, stream, stored, route } = await setUp({ chunks: ['Hel', 'lo.'] }, recordHoldMs);
  const events = stream();
  const first = events.next();
  await provider.arrival(1);
  let isTold = false;
  void first.then(() => (isTold = true));
  await expect.poll(() => provider.sentChunks).toBeGreaterThan(2);
  expect([isTold, route.inFlight()]).toEqual([false, 1]);
  held.release();
  const { value } = await first;
  if (value?.kind !== 'decided') throw new Error('It was not decided first');
  expect(await stored(value.view.decision.id)).toMatchObject({ status: 'PENDING' });
  expect((await allOf(events)).map(({ kind }) => kind)).toEqual([
    'attempt_started',
    'text',
    'text',
    'completed',
  ]);
  expect(await stored(value.view.decision.id)).toMatchObject({ status: 'SUCCEEDED' });
});

describe('a consumer that stays away for 30 s', () => {
  test('has its stream ended, its provider let go, and is told with what it has got', async () => {
    const { provider, held, stream, stored } = await setUp(endless, slowConsumerMs);
    const events = stream();
    const decisionId = await takeTo(events, 'text');
    held.release();
    await provider.abandonment(1);
    await expect
      .poll(() => stored(decisionId))
      .toMatchObject({
        status: 'INTERRUPTED',
        attempts: [{ status: null, failureClass: 'CANCELLED', timeToFirstTokenMs: expect.any(Number) }],
      });
    const rest = await allOf(events);
    expect(failureOf(rest.at(-1))).toEqual({
      name: 'interrupted',
      message: 'SLOW_CONSUMER: the stream was not read for 30 s.',
      deliveredText: `and on ${rest
        .slice(0, -1)
        .map((event) => (event as { text: string }).text)
        .join('')}`,
    });
  });

  test('does not end a call with an idempotency key, whose answer it gets when it asks again', async () => {
    const { provider, held, stream } = await setUp({ chunks: ['Hel', 'lo', '.'] }, slowConsumerMs);
    const events = stream('key');
    await takeTo(events, 'text');
    held.release();
    const rest = await allOf(events);
    expect(failureOf(rest.at(-1))).toMatchObject({ name: 'interrupted', deliveredText: 'Hel' });
    const again = await allOf(stream('key'));
    expect(again.at(-1)).toMatchObject({
      kind: 'completed',
      outcome: { end: { answer: { text: 'Hello.' } } },
    });
    expect(provider.received).toBe(1);
  });
});

test('a caller that returns amid a read ends the call at once', async () => {
  const { provider, stream, stored, route } = await setUp(heldForGood, slowConsumerMs);
  const events = stream();
  const decisionId = await takeTo(events, 'text');
  const reading = events.next();
  expect(await events.return!()).toEqual({ value: undefined, done: true });
  expect(await reading).toEqual({ value: undefined, done: true });
  await provider.abandonment(1);
  await expect.poll(() => stored(decisionId)).toMatchObject({ status: 'CANCELLED', modelKey: null });
  await expect.poll(() => route.inFlight()).toBe(0);
});

test('a stream that is returned before it was read has sent and decided nothing', async () => {
  const { provider, stream, route } = await setUp({}, slowConsumerMs);
  const events = stream();
  await events.return!();
  expect(await events.next()).toEqual({ value: undefined, done: true });
  expect([provider.received, route.inFlight()]).toEqual([0, 0]);
});

describe('an instance that stops', () => {
  test('ends every stream with a last event that says so, before and after its first text', async () => {
    const { provider, stream, stored, routeStream } = await setUp(heldForGood, slowConsumerMs);
    provider.next({ fault: 'hang' });
    const silent = stream();
    const silentId = await takeTo(silent, 'attempt_started');
    const begun = stream();
    const begunId = await takeTo(begun, 'text');
    const lastEvents = Promise.all([silent, begun].map((events) => allOf(events)));
    await routeStream.endAll();
    const message = 'The server is stopping.';
    const failures = (await lastEvents).map((events) => failureOf(events.at(-1)));
    expect(failures).toEqual([
      { name: 'interrupted', message, deliveredText: '' },
      { name: 'interrupted', message, deliveredText: 'Hel' },
    ]);
    for (const id of [silentId, begunId]) expect(await stored(id)).toMatchObject({ status: 'INTERRUPTED' });

    const late = await allOf(stream());
    expect(late.map(failureOf)).toEqual([{ name: 'UNAVAILABLE', message, deliveredText: '' }]);
    expect(provider.received).toBe(2);
  });

  test('does not wait for a caller that does not read on', async () => {
    const { held, stream, routeStream } = await setUp(heldForGood, 2_000);
    const events = stream();
    await takeTo(events, 'text');
    const ended = routeStream.endAll();
    held.release();
    await ended;
    expect(failureOf((await allOf(events)).at(-1)).name).toBe('interrupted');
  });
});
