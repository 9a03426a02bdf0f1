import { describe, expect, inject, it } from 'vitest';
import { BOARD_POLL_MS } from '../../../src/breakers/board/board.service.ts';
import { listen, openRedisBus } from '../../events/buses.ts';
import { addModel, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf, fail, nowAt, onceAt, transitionsOf, untilShown } from '../../support/graphql/breakers.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { createHeldTimers } from '../../support/time/held-timers.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { allOf, routeStream } from '../../support/graphql/stream-call.ts';

const LONG = { coolOffMs: 60_000 };

describe.skipIf(inject('postgres') === null || !canStartRedis)('a fleet whose provider fails', () => {
  it('the fifth failure trips, not the fourth, and no sixth request is sent', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider);
    await fail(server, 'bad', provider, 4);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 4 });
    expect(await transitionsOf(server, 'bad')).toEqual([]);

    await fail(server, 'bad', provider, 1);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'OPEN', generation: 1, tripCount: 1 });
    const refused = await route(server, nowAt('bad'));
    expect(refused).toMatchObject({ __typename: 'NoEligibleModel', decision: { attempts: [] } });
    expect(refused.decision.plan.rejected).toContainEqual(
      expect.objectContaining({ providerSlug: 'bad', reason: 'BREAKER_OPEN' }),
    );
    expect(refused.retryAfterMs).toBeGreaterThan(50_000);
    expect(provider.received).toBe(5);
    expect(await transitionsOf(server, 'bad')).toEqual(['CLOSED → OPEN']);
  });

  it('a retry within one call counts as a failure of its own', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider);
    provider.always({ status: 500 });
    const twice = { models: ['bad/model'], policy: { maxAttempts: 2 } };
    await route(server, twice);
    await route(server, twice);
    await server.app.services.breakers.settled();
    expect(provider.received).toBe(4);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 4 });
    await fail(server, 'bad', provider, 1);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'OPEN', tripCount: 1 });
  });

  it('a success on another instance ends the streak', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG });
    const [one, other] = [await fleet.start(), await fleet.start()];
    await addModel(one, 'bad', provider);
    await untilKnown(other, 'bad');
    await fail(one, 'bad', provider, 4);
    await expect
      .poll(async () => (await breakerOf(other, 'bad')).consecutiveFailures, { timeout: 10_000 })
      .toBeGreaterThan(0);
    expect(await route(other, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
    await other.app.services.breakers.settled();

    await fail(one, 'bad', provider, 4);
    expect(await breakerOf(one, 'bad')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 4 });
    await fail(one, 'bad', provider, 1);
    expect(await breakerOf(one, 'bad')).toMatchObject({ state: 'OPEN', generation: 1 });
    expect(provider.received).toBe(10);
  });

  it('what calls tell that were admitted before the trip neither shortens nor extends the cool-off', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG, redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider);
    const gate = Promise.withResolvers<void>();
    provider.next({ until: gate.promise }, { status: 500, until: gate.promise });
    const late = [route(server, onceAt('bad')), route(server, onceAt('bad'))];
    await provider.arrival(2);
    await fail(server, 'bad', provider, 5);
    const prisma = server.app.services.database.prisma;
    const tripped = await prisma.circuitBreaker.findFirstOrThrow();
    gate.resolve();
    const kinds = (await Promise.all(late)).map(({ __typename }) => __typename).sort();
    expect(kinds).toEqual(['AttemptsExhausted', 'RouteSuccess']);
    await server.app.services.breakers.settled();
    expect(await prisma.circuitBreaker.findFirstOrThrow()).toEqual(tripped);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'OPEN', generation: 1 });
  });

  it.each([
    ['before their first token', { status: 500 }],
    ['after it', { chunks: ['one', 'two'], streamFault: 'cut', afterChunks: 1 }],
  ] as const)('the fifth of several streams that break %s trips', async (_, reply) => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG, redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider, { capabilities: ['STREAMING'] });
    provider.always(reply);
    for (let stream = 1; stream <= 5; stream += 1) {
      expect(await breakerOf(server, 'bad')).toMatchObject({
        state: 'CLOSED',
        consecutiveFailures: stream - 1,
      });
      const events = await allOf(routeStream(server, onceAt('bad')));
      expect(events.at(-1)).toMatchObject({ __typename: 'RouteFailed' });
      await server.app.services.breakers.settled();
    }
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'OPEN', generation: 1 });
    expect(provider.received).toBe(5);
  });

  it('forty failures at once on four instances are one transition, one generation and one event', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG });
    using bus = await openRedisBus(fleet.redis!.url);
    using transitions = await listen(bus, 'transitions', 'bad/model');
    using revisions = await listen(bus, 'breakers', 'bad/model');
    const servers: TestServer[] = [];
    for (let instance = 0; instance < 4; instance += 1) servers.push(await fleet.start());
    await addModel(servers[0]!, 'bad', provider);
    await Promise.all(servers.map((server) => untilKnown(server, 'bad')));

    const gate = Promise.withResolvers<void>();
    provider.always({ status: 500, until: gate.promise });
    const calls = servers.flatMap((server) => Array.from({ length: 10 }, () => route(server, onceAt('bad'))));
    await provider.arrival(40);
    gate.resolve();
    for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('AttemptsExhausted');
    await Promise.all(servers.map(({ app }) => app.services.breakers.settled()));

    for (const server of servers)
      await untilShown(server, 'bad', { state: 'OPEN', generation: 1, tripCount: 1 });
    expect(await transitionsOf(servers[0]!, 'bad')).toEqual(['CLOSED → OPEN']);
    await transitions.until(1);
    expect(transitions.heard).toEqual([1]);
    // Each instance may tell of a streak that it has begun, and one of them of the trip.
    expect(revisions.heard.length).toBeLessThanOrEqual(servers.length + 1);
  });

  it('an instance without failures of its own refuses as soon as it hears of another’s trip', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG });
    const one = await fleet.start();
    // It never polls: what it learns, it learns by the event.
    const held = createHeldTimers(BOARD_POLL_MS);
    const other = await fleet.start({ timers: held.timers });
    await addModel(one, 'bad', provider);
    await untilKnown(other, 'bad');
    await fail(one, 'bad', provider, 5);
    await untilShown(other, 'bad', { state: 'OPEN' });
    const refused = await route(other, nowAt('bad'));
    expect(refused).toMatchObject({ __typename: 'NoEligibleModel' });
    expect(refused.retryAfterMs).toBeGreaterThan(30_000);
    expect(provider.received).toBe(5);
  });

  it('without Redis it refuses from its next poll on', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: LONG, redis: false });
    const one = await fleet.start();
    await addModel(one, 'bad', provider);
    const held = createHeldTimers(BOARD_POLL_MS);
    const other = await fleet.start({ timers: held.timers });
    await fail(one, 'bad', provider, 5);
    expect(await breakerOf(other, 'bad')).toMatchObject({ state: 'CLOSED' });
    held.release();
    await untilShown(other, 'bad', { state: 'OPEN' });
    expect(await route(other, nowAt('bad'))).toMatchObject({ __typename: 'NoEligibleModel' });
    expect(provider.received).toBe(5);
  });
});

describe.skipIf(inject('postgres') === null)('a healthy model', () => {
  it('is called a thousand times, ten at a time, and nothing is written of its breaker', async () => {
    await using provider = await startScriptedProvider({ record: false });
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'good', provider);
    let left = 1_000;
    const callOn = async () => {
      while ((left -= 1) >= 0) {
        const { __typename } = await route(server, onceAt('good'));
        expect(__typename).toBe('RouteSuccess');
      }
    };
    await Promise.all(Array.from({ length: 10 }, callOn));
    await server.app.services.breakers.settled();
    expect(provider.received).toBe(1_000);
    expect(await server.app.services.database.prisma.circuitBreaker.count()).toBe(0);
  });

  it.each([0, 3])(
    'fifty calls are with the provider before any is answered, after %i failures in a row',
    async (failures) => {
      await using provider = await startScriptedProvider({ record: false });
      await using fleet = await prepareFleet({ redis: false });
      const server = await fleet.start();
      await addModel(server, 'good', provider);
      await fail(server, 'good', provider, failures);
      const gate = Promise.withResolvers<void>();
      provider.always({ until: gate.promise });
      const calls = Array.from({ length: 50 }, () => route(server, onceAt('good')));
      await provider.arrival(failures + 50);
      gate.resolve();
      for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('RouteSuccess');
      await server.app.services.breakers.settled();
      expect(await breakerOf(server, 'good')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
    },
  );
});
