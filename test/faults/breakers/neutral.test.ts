import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { breakerOf, onceAt, untilProbeDue, untilShown } from '../../support/graphql/breakers.ts';
import { prepareFleet, type Fleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { routeStream, type SseCall } from '../../support/graphql/stream-call.ts';

describe.skipIf(inject('postgres') === null)('what says nothing of the provider', () => {
  const stack = new AsyncDisposableStack();
  let provider: ScriptedProvider;
  let fleet: Fleet;
  let server: TestServer;
  beforeAll(async () => {
    provider = stack.use(await startScriptedProvider());
    fleet = stack.use(await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 }, redis: false }));
    server = await fleet.start();
    await addModel(server, 'slow', provider, { attemptTimeoutMs: 60_000, capabilities: ['STREAMING'] });
  });
  afterAll(() => stack.disposeAsync());

  /** Nothing was ever written of the breaker. */
  async function expectUntouched(): Promise<void> {
    await server.app.services.breakers.settled();
    expect(await breakerOf(server, 'slow')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
    expect(await server.app.services.database.prisma.circuitBreaker.count()).toBe(0);
  }

  it('clients that disconnect never count', async () => {
    provider.always({ fault: 'hang' });
    for (let call = 1; call <= 4; call += 1) {
      const client = new AbortController();
      const answer = expect(route(server, onceAt('slow'), { signal: client.signal })).rejects.toThrow(
        'abort',
      );
      await provider.arrival(provider.received + 1);
      client.abort();
      await answer;
      await provider.abandonment(call);
    }
    await expectUntouched();
  });

  it('readers who leave a stream never count, before its first token or after it', async () => {
    const before = provider.abandoned;
    for (let stream = 1; stream <= 4; stream += 1) {
      const isBegun = stream % 2 === 0;
      provider.next({ chunks: ['one', 'two'], streamFault: 'stall', afterChunks: isBegun ? 1 : 0 });
      const arrived = provider.arrival(provider.received + 1);
      const call = routeStream(server, onceAt('slow'));
      const reading = readUntil(call, isBegun ? 'TextDelta' : 'AttemptStarted');
      await arrived;
      await reading;
      await provider.abandonment(before + stream);
    }
    await expectUntouched();
  });

  it('callers in a hurry never count', async () => {
    provider.always({ fault: 'hang' });
    const hurried = { ...onceAt('slow'), timeoutMs: 100 };
    for (let call = 0; call < 4; call += 1) {
      expect(await route(server, hurried)).toMatchObject({ __typename: 'DeadlineExceeded' });
    }
    await expectUntouched();
  });

  it.each([
    ['a request that the provider finds invalid', { status: 400 }],
    ['a rate limit', { status: 429, headers: { 'retry-after-ms': '1' } }],
    ['an answer without a word', { text: '', finishReason: 'length' }],
  ])('%s never counts', async (_, reply) => {
    provider.always(reply);
    const before = provider.received;
    for (let call = 0; call < 4; call += 1) {
      const { __typename } = await route(server, { ...onceAt('slow'), timeoutMs: 5_000 });
      expect(__typename).not.toBe('RouteSuccess');
    }
    expect(provider.received).toBe(before + 4);
    await expectUntouched();
  });
});

describe.skipIf(inject('postgres') === null)('a probe whose client goes away', () => {
  it('gives the probe back: the breaker stays half open, and the next call is the probe', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 1, coolOffMs: 1_000 }, redis: false });
    const server = await fleet.start();
    await addModel(server, 'slow', provider);
    provider.next({ status: 500 });
    await route(server, onceAt('slow'));
    await untilProbeDue(server, 'slow');

    const gate = Promise.withResolvers<void>();
    provider.next({ until: gate.promise });
    const client = new AbortController();
    const answer = expect(route(server, onceAt('slow'), { signal: client.signal })).rejects.toThrow('abort');
    await provider.arrival(2);
    client.abort();
    await answer;
    await provider.abandonment(1);
    // Of its whole lease of half a minute nothing is waited for but the rest after a probe that said nothing.
    await untilProbeDue(server, 'slow');
    expect(await breakerOf(server, 'slow')).toMatchObject({
      state: 'HALF_OPEN',
      generation: 2,
      tripCount: 1,
    });
    expect(await route(server, onceAt('slow'))).toMatchObject({ __typename: 'RouteSuccess' });
    await untilShown(server, 'slow', { state: 'CLOSED', generation: 3 });
    expect(provider.received).toBe(3);
    gate.resolve();
  });
});

/** Reads a stream up to an event of this kind, and leaves. */
async function readUntil(call: SseCall, kind: string): Promise<void> {
  const seen = async () => {
    for await (const { __typename } of call) if (__typename === kind) call.leave();
  };
  await expect(seen()).rejects.toThrow('abort');
}
