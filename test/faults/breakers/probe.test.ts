import { describe, expect, inject, it, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import {
  breakerOf,
  fail,
  nowAt,
  onceAt,
  transitionsOf,
  untilProbeDue,
  untilShown,
} from '../../support/graphql/breakers.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { createHeldTimers } from '../../support/time/held-timers.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

vi.setConfig({ testTimeout: 90_000 });

/** An attempt's limit that no other timer of a server has. */
const ATTEMPT_MS = 1_111;

describe.skipIf(inject('postgres') === null || !canStartRedis)('after the cool-off', () => {
  it('of sixty calls at once on three instances one is the probe, and the spare serves the others meanwhile', async () => {
    await using bad = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 } });
    const servers = [await fleet.start(), await fleet.start(), await fleet.start()];
    const [one] = servers as [TestServer];
    await addModel(one, 'bad', bad, PREFERRED);
    await addModel(one, 'spare', spare, SPARE);
    await fail(one, 'bad', bad, 2);
    for (const server of servers) {
      await untilKnown(server, 'spare');
      await untilShown(server, 'bad', { generation: 1 });
      await untilProbeDue(server, 'bad');
    }

    const gate = Promise.withResolvers<void>();
    bad.always({ until: gate.promise });
    const models = ['bad/model', 'spare/model'];
    const servedBy: string[] = [];
    const calls = servers
      .flatMap((server) => Array.from({ length: 20 }, () => route(server, { models })))
      .map(async (call) => void servedBy.push((await call).completion!.model.key));
    await expect.poll(() => servedBy.length, { timeout: 30_000 }).toBe(59);
    expect(new Set(servedBy)).toEqual(new Set(['spare/model']));
    expect(bad.received).toBe(3);
    for (const server of servers) await untilShown(server, 'bad', { state: 'HALF_OPEN', generation: 2 });

    gate.resolve();
    await Promise.all(calls);
    expect(servedBy.at(-1)).toBe('bad/model');
    expect(bad.received).toBe(3);
    expect(spare.received).toBe(59);
    for (const server of servers) await untilShown(server, 'bad', { state: 'CLOSED', generation: 3 });
    expect(await transitionsOf(one, 'bad')).toEqual([
      'CLOSED → OPEN',
      'OPEN → HALF_OPEN',
      'HALF_OPEN → CLOSED',
    ]);
  });

  it('a probe that fails opens again for about twice as long', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 }, redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider);
    await fail(server, 'bad', provider, 2);
    await untilProbeDue(server, 'bad');
    await fail(server, 'bad', provider, 1);
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'OPEN', generation: 3, tripCount: 2 });
    const { coolOffMs } = await server.app.services.database.prisma.circuitBreaker.findFirstOrThrow();
    expect(coolOffMs).toBeGreaterThanOrEqual(2_000);
    expect(coolOffMs).toBeLessThanOrEqual(2_200);
  });

  it('a probe that meets a 429 says neither yes nor no: the next one comes when the provider asked for it', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 }, redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', provider, { attemptTimeoutMs: ATTEMPT_MS });
    await fail(server, 'bad', provider, 2);
    await untilProbeDue(server, 'bad');
    provider.next({ status: 429, headers: { 'retry-after': '3' } });
    const askedMs = performance.now();
    const limited = await route(server, { ...onceAt('bad'), timeoutMs: 2_500 });
    expect(limited).toMatchObject({ __typename: 'AttemptsExhausted', retryAfterMs: 3_000 });
    await untilShown(server, 'bad', { state: 'HALF_OPEN', generation: 2, tripCount: 1 });
    await untilProbeDue(server, 'bad');
    expect(performance.now() - askedMs).toBeGreaterThanOrEqual(3_000);
    expect(provider.received).toBe(3);
    expect(await route(server, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
    await untilShown(server, 'bad', { state: 'CLOSED', generation: 3 });
  });

  it('without a spare the calls of two instances wait for it: one probes, and when it has succeeded all are served', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 2_000 } });
    const servers = [await fleet.start(), await fleet.start()];
    const [one, other] = servers as [TestServer, TestServer];
    // Longer than the test holds the probe up, and shorter than callers have: they wait for its lease at most.
    await addModel(one, 'bad', provider, { attemptTimeoutMs: 10_000 });
    await untilKnown(other, 'bad');
    await fail(one, 'bad', provider, 2);
    await untilShown(other, 'bad', { state: 'OPEN' });
    const gate = Promise.withResolvers<void>();
    provider.next({ until: gate.promise });
    const calls = servers.flatMap((server) => Array.from({ length: 5 }, () => route(server, onceAt('bad'))));
    await provider.arrival(3);
    for (const server of servers) await untilShown(server, 'bad', { state: 'HALF_OPEN' });
    expect(provider.received).toBe(3);
    gate.resolve();
    for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('RouteSuccess');
    expect(provider.received).toBe(12);
    expect(await breakerOf(one, 'bad')).toMatchObject({ state: 'CLOSED', generation: 3, tripCount: 1 });
  });

  it('callers none of whom has the time to be the probe heal it all the same, and those who can wait are served', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 } });
    const servers = [await fleet.start(), await fleet.start()];
    const [one, other] = servers as [TestServer, TestServer];
    await addModel(one, 'bad', provider, { attemptTimeoutMs: 30_000 });
    await untilKnown(other, 'bad');
    await fail(one, 'bad', provider, 2);
    for (const server of servers) {
      await untilShown(server, 'bad', { generation: 1 });
      await untilProbeDue(server, 'bad');
    }
    const gate = Promise.withResolvers<void>();
    provider.next({ until: gate.promise });
    const nobody = await route(one, nowAt('bad'));
    expect(nobody).toMatchObject({ __typename: 'NoEligibleModel' });
    expect(nobody.message).not.toContain('catalog');
    await provider.arrival(3);
    for (const server of servers) await untilShown(server, 'bad', { state: 'HALF_OPEN', generation: 2 });
    gate.resolve();
    for (const server of servers) await untilShown(server, 'bad', { state: 'CLOSED', generation: 3 });
    expect(provider.received).toBe(3);
    expect(await route(other, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
  });

  it('fifty calls parked behind it on two instances are all served when it has closed, each at once', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 2_000 } });
    const servers = [await fleet.start(), await fleet.start()];
    const [one, other] = servers as [TestServer, TestServer];
    await addModel(one, 'bad', provider, { attemptTimeoutMs: 20_000 });
    await untilKnown(other, 'bad');
    await fail(one, 'bad', provider, 2);
    await untilShown(other, 'bad', { state: 'OPEN' });
    const probe = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    provider.next({ until: probe.promise });
    provider.always({ until: rest.promise });
    const calls = servers.flatMap((server) => Array.from({ length: 25 }, () => route(server, onceAt('bad'))));
    await provider.arrival(3);
    probe.resolve();
    // Not one of them has been answered when the last one arrives: none has waited for another.
    await provider.arrival(2 + 50);
    rest.resolve();
    for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('RouteSuccess');
    expect(await breakerOf(one, 'bad')).toMatchObject({ state: 'CLOSED', generation: 3 });
  });

  it('a prober that is killed with -9 holds the probe no longer than its lease', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 } });
    const survivor = await fleet.start();
    await addModel(survivor, 'bad', provider, { attemptTimeoutMs: ATTEMPT_MS });
    await using dataDir = await createDataDir('empty');
    await using prober = startServerProcess({ ...fleet.environment, SWITCHYARD_DATA_DIR: dataDir.path });
    const url = await prober.url();
    await fail(survivor, 'bad', provider, 2);
    await untilShown({ url }, 'bad', { generation: 1 });
    await untilProbeDue({ url }, 'bad');

    provider.next({ fault: 'hang' });
    const probe = route({ url }, onceAt('bad'));
    const lost = expect(probe).rejects.toThrow(TypeError);
    await provider.arrival(3);
    prober.signal('SIGKILL');
    await lost;
    await prober.ended;

    await untilShown(survivor, 'bad', { state: 'HALF_OPEN', retryAfterMs: expect.any(Number) as number });
    expect(await route(survivor, nowAt('bad'))).toMatchObject({ __typename: 'NoEligibleModel' });
    await untilProbeDue(survivor, 'bad');
    expect(provider.received).toBe(3);
    expect(await route(survivor, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
    await untilShown(survivor, 'bad', { state: 'CLOSED', generation: 3 });
    expect(provider.received).toBe(4);
  });

  it.each([
    { told: 'a success', late: {}, next: { status: 500 }, shown: { state: 'OPEN', tripCount: 2 } },
    { told: 'a failure', late: { status: 500 }, next: {}, shown: { state: 'CLOSED', tripCount: 1 } },
  ] as const)(
    '$told that a prober tells when another has taken its lease over changes nothing',
    async ({ late, next, shown }) => {
      await using provider = await startScriptedProvider();
      await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 1_000 } });
      // Its attempts never run out of time, so that it outlives its own lease.
      const slow = await fleet.start({ timers: createHeldTimers(ATTEMPT_MS).timers });
      const other = await fleet.start();
      await addModel(slow, 'bad', provider, { attemptTimeoutMs: ATTEMPT_MS });
      await untilKnown(other, 'bad');
      await fail(slow, 'bad', provider, 2);
      await untilProbeDue(slow, 'bad');
      const gate = Promise.withResolvers<void>();
      provider.next({ ...late, until: gate.promise });
      const slowCall = route(slow, onceAt('bad'));
      await provider.arrival(3);
      await untilShown(other, 'bad', { state: 'HALF_OPEN' });
      await untilProbeDue(other, 'bad');
      provider.next(next);
      await route(other, onceAt('bad'));
      await untilShown(other, 'bad', { ...shown, generation: 3 });

      gate.resolve();
      const { __typename } = await slowCall;
      expect(__typename).toBe('status' in late ? 'AttemptsExhausted' : 'RouteSuccess');
      await slow.app.services.breakers.settled();
      await untilShown(slow, 'bad', { ...shown, generation: 3 });
      await untilShown(other, 'bad', { ...shown, generation: 3 });
      const { revision } = await slow.app.services.database.prisma.circuitBreaker.findFirstOrThrow();
      // Two failures, two claims and the one settlement: nothing was written of the other.
      expect(revision).toBe(5n);
    },
  );
});

/** Milliseconds between instances that look at the same breaker, and what a busy machine adds. */
const TOLERANCE_MS = 1_000;

describe.skipIf(inject('postgres') === null)('the cool-off', () => {
  it('goes on while no instance runs: a restart neither shortens nor extends it', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 6_000 }, redis: false });
    const first = await fleet.start();
    await addModel(first, 'bad', provider);
    await fail(first, 'bad', provider, 2);
    const trippedMs = performance.now();
    const leftOf = async (server: TestServer) => (await breakerOf(server, 'bad')).retryAfterMs ?? 0;
    await expect.poll(() => leftOf(first), { timeout: 10_000 }).toBeLessThanOrEqual(4_000);
    await first[Symbol.asyncDispose]();

    const second = await fleet.start();
    const expectedMs = 6_000 - (performance.now() - trippedMs);
    const leftMs = await leftOf(second);
    expect(leftMs).toBeLessThanOrEqual(4_000);
    expect(Math.abs(leftMs - expectedMs)).toBeLessThan(TOLERANCE_MS);
    expect(await route(second, nowAt('bad'))).toMatchObject({ __typename: 'NoEligibleModel' });
    expect(provider.received).toBe(2);
    await untilProbeDue(second, 'bad');
    expect(performance.now() - trippedMs).toBeGreaterThan(6_000 - TOLERANCE_MS);
    expect(await route(second, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
    await untilShown(second, 'bad', { state: 'CLOSED' });
  });

  it('is as long for instances whose clocks are 90 s fast or slow', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ rule: { threshold: 2, coolOffMs: 5_000 }, redis: false });
    const shifted = (byMs: number) => ({ ...nodeClock, now: () => nodeClock.now() + byMs });
    const fast = await fleet.start({ clock: shifted(90_000) });
    await addModel(fast, 'bad', provider);
    const slow = await fleet.start({ clock: shifted(-90_000) });
    const right = await fleet.start();
    const servers = [fast, slow, right];
    await fail(fast, 'bad', provider, 1);
    // Told by a clock three minutes behind the first one's, it is still the second in a row.
    await fail(slow, 'bad', provider, 1);
    const trippedMs = performance.now();
    for (const server of servers) await untilShown(server, 'bad', { state: 'OPEN', generation: 1 });
    const lefts = await Promise.all(
      servers.map(async (server) => (await breakerOf(server, 'bad')).retryAfterMs!),
    );
    expect(Math.max(...lefts) - Math.min(...lefts)).toBeLessThan(TOLERANCE_MS);
    const expectedMs = 5_000 - (performance.now() - trippedMs);
    for (const leftMs of lefts) expect(Math.abs(leftMs - expectedMs)).toBeLessThan(TOLERANCE_MS);

    // While it cools: one that is due is tried by a server whose callers have too little time.
    for (const server of servers) {
      expect(await route(server, nowAt('bad'))).toMatchObject({ __typename: 'NoEligibleModel' });
    }
    for (const server of servers) await untilProbeDue(server, 'bad');
    expect(performance.now() - trippedMs).toBeGreaterThan(5_000 - TOLERANCE_MS);
    expect(provider.received).toBe(2);
    expect(await route(slow, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });
    for (const server of servers) await untilShown(server, 'bad', { state: 'CLOSED', generation: 3 });
    expect(provider.received).toBe(3);
  });
});
