import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { greet, patience, type SocketClient } from '../../support/graphql/socket-client.ts';
import { decisionOf, sayHello } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { routeStreamSubscription, toldBy, type ShownEvent } from '../../support/graphql/stream-call.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `first/model`, clearly the better one. */
let first: ScriptedProvider;
let second: ScriptedProvider;

const capabilities = ['STREAMING'];
const addFirst = (to: TestServer) => addModel(to, 'first', first, { ats: 0.95, capabilities });

beforeAll(async () => {
  server = stack.use(await startServer());
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  await addFirst(server);
  await addModel(server, 'second', second, { ats: 0.6, capabilities });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  first.reset();
  second.always({ chunks: ['Good ', 'day.'] });
});

/** Quality decides alone: providers that fail here would lose their place by what was learned of them. */
const byQuality = { qualityWeight: 1, latencyWeight: 0, costWeight: 0 };

/** A message of the server that belongs to a call. */
interface CallMessage {
  readonly id?: string;
  readonly type: string;
  readonly payload?: { readonly data: { readonly routeStream: ShownEvent } };
}

/** Streams a call over a socket that may carry others too. */
function streamOver(client: SocketClient, id = '1') {
  client.subscribe(id, routeStreamSubscription, { input: sayHello({ policy: byQuality }) });
  const messages = () => (client.messages as readonly CallMessage[]).filter((message) => message.id === id);
  const events = () => messages().flatMap(({ payload }) => payload?.data.routeStream ?? []);
  return {
    ...{ client, events },
    told: () => toldBy(events()),
    until: (count: number) => expect.poll(() => events().length, patience).toBe(count),
    /** All events of a call that the server completes, which must be its last word. */
    async toTheEnd() {
      await client.until({ id, type: 'complete' });
      expect(messages().map(({ type }) => type)).toEqual([...events().map(() => 'next'), 'complete']);
      return events();
    },
    complete: () => client.send({ id, type: 'complete' }),
    /** The decision that it began with, as it is recorded. */
    recorded: () => decisionOf(server, events()[0]!.decision!),
  };
}
type StreamedCall = ReturnType<typeof streamOver>;

const stream = async () => streamOver(await greet(server.url, adminKey));

/** A reply whose second chunk comes when it is released. */
function gated(...chunks: string[]) {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const gate = (chunk: number) => (chunk === 1 ? promise : undefined);
  return { reply: { chunks, gate }, release: () => resolve(undefined) };
}

/** Hands `Hel` over, and then nothing any more. */
const halted = { chunks: ['Hel', 'lo.'], streamFault: 'stall', afterChunks: 1 } as const;

describe('a streamed call over WebSocket', () => {
  it('is told piece by piece while it is written, in order, and then completed', async () => {
    const { reply, release } = gated('Hel', 'lo', ' to', ' you', '.');
    first.next(reply);
    const call = await stream();
    await call.until(3);
    expect(call.told()).toEqual(['RouteDecided', '1 first', 'Hel']);
    release();
    const events = await call.toTheEnd();
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', ...reply.chunks, 'RouteCompleted']);
    expect(events[0]).toMatchObject({ decision: { status: 'PENDING' } });
    expect(events.at(-1)).toMatchObject({
      decision: { id: events[0]!.decision!.id, status: 'SUCCEEDED' },
      completion: { text: 'Hello to you.', finishReason: 'STOP', model: { key: 'first/model' } },
    });
  });

  it('falls back within the one subscription while no text has come', async () => {
    first.next({ streamFault: 'malformed', afterChunks: 0 });
    const call = await stream();
    const events = await call.toTheEnd();
    const told = ['RouteDecided', '1 first', '2 second', 'Good ', 'day.', 'RouteCompleted'];
    expect(toldBy(events)).toEqual(told);
    expect(events.at(-1)).toMatchObject({
      completion: { text: 'Good day.', model: { key: 'second/model' } },
    });
    expect(await call.recorded()).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ failureClass: 'MALFORMED' }, { providerSlug: 'second', status: 'OK' }],
    });
  });

  it('that is cut after its first text ends with what was delivered, and nobody else is asked', async () => {
    first.next({ ...halted, streamFault: 'cut' });
    const { received } = second;
    const call = await stream();
    const events = await call.toTheEnd();
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', 'Hel', 'RouteFailed']);
    expect(events.at(-1)).toMatchObject({
      deliveredText: 'Hel',
      error: { __typename: 'StreamInterrupted', code: 'STREAM_INTERRUPTED' },
    });
    expect(await call.recorded()).toMatchObject({
      ...{ status: 'INTERRUPTED', model: null },
      attempts: [{ providerSlug: 'first' }],
    });
    expect(second.received).toBe(received);
  });

  it('is not mixed up with another one on the same socket, nor ended with it', async () => {
    first.next(halted);
    const left = await stream();
    await left.until(3);
    const { reply, release } = gated('On', 'ward.');
    first.next(reply);
    const other = streamOver(left.client, '2');
    await other.until(3);
    const { abandoned } = first;
    left.complete();
    await first.abandonment(abandoned + 1);
    release();
    const told = ['RouteDecided', '1 first', 'On', 'ward.', 'RouteCompleted'];
    expect(toldBy(await other.toTheEnd())).toEqual(told);
    expect(left.told()).toEqual(['RouteDecided', '1 first', 'Hel']);
  });
});

describe('a caller over WebSocket', () => {
  const ways: Record<string, (call: StreamedCall) => void> = {
    'says `complete`': ({ complete }) => complete(),
    'closes its socket': ({ client }) => client.socket.close(),
    'vanishes without a word': ({ client }) => client.socket.terminate(),
  };
  const moments = [
    ['before the first text', { fault: 'hang' }, ['RouteDecided', '1 first']],
    ['amid the text', halted, ['RouteDecided', '1 first', 'Hel']],
  ] as const;
  const cases = moments.flatMap(([moment, reply, told]) =>
    Object.entries(ways).map(([way, leave]) => ({ moment, reply, told, way, leave })),
  );

  it.each(cases)(
    'that $way $moment has its provider let go, and the call recorded as cancelled',
    async ({ reply, told, leave }) => {
      first.next(reply);
      const { abandoned } = first;
      const { received } = second;
      const call = await stream();
      await call.until(told.length);
      leave(call);
      await first.abandonment(abandoned + 1);
      await expect.poll(call.recorded, patience).toMatchObject({
        ...{ status: 'CANCELLED', model: null, auditSeq: expect.any(Number) },
        attempts: [{ providerSlug: 'first', status: null, failureClass: 'CANCELLED' }],
      });
      expect(call.told()).toEqual(told);
      expect(second.received).toBe(received);
      await expect.poll(() => server.app.services.route.inFlight()).toBe(0);
    },
  );
});

describe('a server that stops', () => {
  it('ends each stream with a last event, completes it, and only then closes the socket with 1001', async () => {
    await using stopping = await startServer();
    await addFirst(stopping);
    const client = await greet(stopping.url, adminKey);
    first.next({ fault: 'hang' });
    const silent = streamOver(client, 'silent');
    await silent.until(2);
    first.next(halted);
    const begun = streamOver(client, 'begun');
    await begun.until(3);
    const { abandoned } = first;

    const stopped = stopping[Symbol.asyncDispose]();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    await Promise.all([stopped, first.abandonment(abandoned + 2)]);
    const calls = [
      [silent, ['RouteDecided', '1 first'], ''],
      [begun, ['RouteDecided', '1 first', 'Hel'], 'Hel'],
    ] as const;
    for (const [call, told, deliveredText] of calls) {
      const events = await call.toTheEnd();
      expect(toldBy(events)).toEqual([...told, 'RouteFailed']);
      expect(events.at(-1)).toMatchObject({
        deliveredText,
        error: {
          ...{ __typename: 'StreamInterrupted', code: 'STREAM_INTERRUPTED', failureClass: 'CANCELLED' },
          ...{ message: 'The server is stopping.', decision: { status: 'INTERRUPTED' } },
        },
      });
    }
  });
});
