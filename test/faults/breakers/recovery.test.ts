import { describe, expect, inject, it, vi } from 'vitest';
import { LEAST_PER_SECOND } from '../../../src/limits/places/ramp.ts';
import { addModel, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf, fail, onceAt, untilProbeDue, untilShown } from '../../support/graphql/breakers.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Has a provider answer everybody from now on, and keep when each came. */
function watch(provider: ScriptedProvider): readonly number[] {
  const arrivals: number[] = [];
  provider.always(() => {
    arrivals.push(Date.now());
    return {};
  });
  return arrivals;
}

/** When the breaker has closed last, by the database's clock, which is this machine's. */
async function closedAt({ app }: TestServer): Promise<number> {
  const row = await app.services.database.prisma.circuitBreaker.findFirstOrThrow();
  return row.closedAt!.getTime();
}

/** Three instances that know a model whose breaker is open. */
async function stage(provider: ScriptedProvider, coolOffMs: number) {
  await using stack = new AsyncDisposableStack();
  const fleet = stack.use(await prepareFleet({ rule: { threshold: 2, coolOffMs } }));
  const servers = [await fleet.start(), await fleet.start(), await fleet.start()];
  const [one] = servers as [TestServer];
  await addModel(one, 'bad', provider, { attemptTimeoutMs: 30_000 });
  for (const server of servers) await untilKnown(server, 'bad');
  await fail(one, 'bad', provider, 2);
  for (const server of servers) await untilShown(server, 'bad', { generation: 1 });
  const owned = stack.move();
  return { one, servers, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** How many came in each second after an instant. */
const bySecond = (arrivals: readonly number[], fromMs: number, second: number) =>
  arrivals.filter((at) => at >= fromMs + second * 1_000 && at < fromMs + (second + 1) * 1_000).length;

describe.skipIf(inject('postgres') === null || !canStartRedis)('a model that has recovered', () => {
  it('serves all hundred callers who wait for it at three instances, and is given few in its first second', async () => {
    await using provider = await startScriptedProvider();
    await using staged = await stage(provider, 3_000);
    const { one, servers } = staged;
    const arrivals = watch(provider);
    const calls = Array.from({ length: 100 }, (_, index) => route(servers[index % 3]!, onceAt('bad')));
    for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('RouteSuccess');
    const healedAt = await closedAt(one);
    expect(arrivals).toHaveLength(100);
    expect(bySecond(arrivals, healedAt, 0)).toBeLessThanOrEqual(LEAST_PER_SECOND);
    expect(bySecond(arrivals, healedAt, 0) + bySecond(arrivals, healedAt, 1)).toBeLessThanOrEqual(
      3 * LEAST_PER_SECOND,
    );
    expect(await breakerOf(one, 'bad')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
  });

  it('is healed by callers none of whom has the time to try it, and given few then', async () => {
    await using provider = await startScriptedProvider();
    await using staged = await stage(provider, 1_000);
    const { one, servers } = staged;
    for (const server of servers) await untilProbeDue(server, 'bad');
    const arrivals = watch(provider);
    let isOver = false;
    const names = new Set<string>();
    const callers = servers.flatMap((server) =>
      [2_000, 4_000, 2_000, 4_000].map(async (timeoutMs) => {
        while (!isOver) names.add((await route(server, { ...onceAt('bad'), timeoutMs })).__typename);
      }),
    );
    await until(async () => (await breakerOf(one, 'bad')).state === 'CLOSED');
    await until(() => Promise.resolve(arrivals.length > 40));
    isOver = true;
    await Promise.all(callers);
    expect(names).toContain('RouteSuccess');
    const healedAt = await closedAt(one);
    expect(bySecond(arrivals, healedAt, 0)).toBeLessThanOrEqual(LEAST_PER_SECOND);
  });
});
