import { describe, expect, inject, it } from 'vitest';
import { FEED_POLL_MS } from '../../../src/events/feed.service.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { setTimeLimit } from '../../support/graphql/admin.ts';
import { createHeldTimers } from '../../support/time/held-timers.ts';
import { followBySocket, followBySse } from '../../support/graphql/live-client.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { adminKey, ask } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

interface ShownTransition {
  readonly cursor: string;
  readonly modelSlug: string;
  readonly generation: number;
}

const shown = '{ cursor modelSlug generation }';
const models = ['steady', 'slow', 'flaky'];

/** Makes so many transitions on one instance, of one breaker after the other. */
async function force({ app }: TestServer, count: number): Promise<void> {
  const { breakers, catalog } = app.services;
  const keys = catalog
    .view()
    .models.map(({ model }) => model)
    .filter(({ providerSlug }) => providerSlug === 'simulated')
    .slice(0, models.length);
  expect(keys.length).toBeGreaterThan(1);
  for (let i = 0; i < count; i += 1) {
    const { providerSlug, slug: modelSlug } = keys[i % keys.length]!;
    const { generation, mode } = breakers.viewOf(`${providerSlug}/${modelSlug}`);
    const wanted = mode === 'AUTO' ? ('FORCED_OPEN' as const) : ('AUTO' as const);
    const target = { providerSlug, modelSlug, generation, reason: 'drill', until: null };
    await breakers.controls.override('key:test', { ...target, mode: wanted });
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const placeOf = (cursor: string) => parseInt(cursor.slice(1), 10);

describe.skipIf(inject('postgres') === null || !canStartRedis)('two instances with one Redis', () => {
  it(
    'tell each of 500 transitions exactly once and in order to a client that comes back ten times, ' +
      'although Redis is restarted, and the instance that it follows',
    { timeout: 120_000 },
    async () => {
      await using fleet = await prepareFleet({});
      const first = await fleet.start();
      let second = await fleet.start();
      const total = 500;
      const forced = force(first, total);
      const told: ShownTransition[] = [];
      let last = 't0';
      for (let visit = 0; visit <= 10; visit += 1) {
        const caller = { url: second.url, key: adminKey };
        const client = await followBySocket<ShownTransition>(
          caller,
          `breakerTransitions(after: "${last}") ${shown}`,
        );
        // On a busy machine a visit may meet everything that there is.
        const left = total - told.length;
        await client.until(visit < 10 ? Math.min(20, left) : left);
        client.vanish();
        told.push(...client.events());
        last = told.at(-1)!.cursor;
        expect(client.errors()).toEqual([]);
        if (visit === 3) {
          await fleet.redis!.kill();
          await fleet.redis!.start();
        }
        if (visit === 6) {
          await second[Symbol.asyncDispose]();
          second = await fleet.start();
        }
      }
      await forced;
      expect(told.map(({ cursor }) => placeOf(cursor))).toEqual(numbers(total));
    },
  );

  it(
    'tell all of their followers the same order while both make transitions at the same time, over WebSocket and SSE',
    { timeout: 120_000 },
    async () => {
      await using fleet = await prepareFleet({});
      const servers = [await fleet.start(), await fleet.start()] as const;
      const callers = servers.map(({ url }) => ({ url, key: adminKey }));
      const sockets = await Promise.all(
        callers.map((caller) =>
          followBySocket<ShownTransition>(caller, `breakerTransitions(after: "t0") ${shown}`),
        ),
      );
      const streamed: ShownTransition[] = [];
      const stream = followBySse<ShownTransition>(callers[1]!, `breakerTransitions(after: "t0") ${shown}`);
      const [one, other] = servers[0].app.services.catalog.view().models.map(({ model }) => model);
      const drill = async ({ app }: TestServer, model: typeof one) => {
        const { providerSlug, slug: modelSlug } = model!;
        const { breakers } = app.services;
        for (let generation = 0; generation < 60; generation += 1) {
          const mode = generation % 2 === 0 ? ('FORCED_CLOSED' as const) : ('AUTO' as const);
          const target = { providerSlug, modelSlug, generation, reason: 'drill', until: null };
          await breakers.controls.override('key:test', { ...target, mode });
        }
      };
      await Promise.all([drill(servers[0], one), drill(servers[1], other)]);
      for await (const event of stream) if (streamed.push(event) === 120) break;
      for (const socket of sockets) {
        await socket.until(120);
        expect(socket.events().map(({ cursor }) => placeOf(cursor))).toEqual(numbers(120));
        socket.vanish();
      }
      expect(streamed.map(({ cursor }) => placeOf(cursor))).toEqual(streamed.map((_, index) => index + 1));
    },
  );
});

describe.skipIf(inject('postgres') === null || !canStartRedis)(
  'a subscription on one of two instances',
  () => {
    it('hears what happens on the other before anybody polls', async () => {
      await using fleet = await prepareFleet({});
      const { timers } = createHeldTimers(FEED_POLL_MS);
      const [first, second] = [await fleet.start({ timers }), await fleet.start({ timers })];
      const caller = { url: second.url, key: adminKey };
      const follow = async (field: string, present = 0) => {
        const { liveStreams } = second.app.services;
        const before = liveStreams.count();
        const client = await followBySocket(caller, field);
        await expect.poll(() => liveStreams.count()).toBeGreaterThan(before);
        await client.until(present);
        return { heard: () => client.until(present + 1), vanish: () => client.vanish() };
      };
      const present = first.app.services.catalog.view().models;
      const count = present.filter(({ model }) => model.providerSlug === 'simulated').length;
      const clients = [
        await follow('breakerTransitions { cursor }'),
        await follow('circuitBreakers(providerSlug: "simulated") { id }', count),
        await follow('routingDecisions { id }'),
        await follow('policyChanged { version }'),
      ];
      await force(first, 1);
      await route(first, { models: ['simulated/*'] });
      await setTimeLimit(first, 4_321);
      for (const client of clients) {
        await client.heard();
        client.vanish();
      }
    });
  },
);

describe.skipIf(inject('postgres') === null || !canStartRedis)('an event', () => {
  it.each([
    ['over Redis', true],
    ['without it', false],
  ])(
    'is never ahead of what its own instance answers (%s)',
    async (_name, redis) => {
      await using fleet = await prepareFleet({ redis });
      const [first, second] = [await fleet.start(), await fleet.start()];
      const caller = { url: second.url, key: adminKey };
      const client = await followBySocket<ShownTransition>(
        caller,
        `breakerTransitions(after: "t0") ${shown}`,
      );
      const drilled = force(first, 30);
      const shownBreakers =
        '{ circuitBreakers(providerSlug: "simulated") { nodes { modelSlug generation } } }';
      type Breaker = { modelSlug: string; generation: number };
      for (let count = 1; count <= 30; count += 1) {
        await client.until(count);
        const { modelSlug, generation } = client.events().at(-1)!;
        const { nodes } = await ask<{ nodes: Breaker[] }>(second, 'circuitBreakers', shownBreakers);
        const breaker = nodes.find((each) => each.modelSlug === modelSlug);
        expect(breaker?.generation).toBeGreaterThanOrEqual(generation);
      }
      await drilled;
      client.vanish();
    },
    60_000,
  );
});

describe('an instance that stops', () => {
  it('ends every subscription with `complete`, and then their sockets with 1001', async () => {
    const server = await startServer();
    const caller = { url: server.url, key: adminKey };
    const fields = [
      'breakerTransitions { cursor }',
      'circuitBreakers(providerSlug: "nobody") { id }',
      'healthChecks { id }',
      'routingDecisions { id }',
      'policyChanged { version }',
    ];
    const clients = await Promise.all(fields.map((field) => followBySocket(caller, field)));
    await expect.poll(() => server.app.services.liveStreams.count()).toBe(fields.length);
    await server[Symbol.asyncDispose]();
    for (const { client, events, errors } of clients) {
      expect(await client.closed).toMatchObject({ code: 1001 });
      expect(client.messages.at(-1)).toEqual({ id: '1', type: 'complete' });
      expect([events(), errors()]).toEqual([[], []]);
    }
  });
});
