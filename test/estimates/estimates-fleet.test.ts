import { describe, expect, inject, test } from 'vitest';
import { asExpected } from '../../src/estimates/estimate.ts';
import { addModel, untilKnown } from '../support/graphql/admin.ts';
import { ask, type Asked } from '../support/graphql/client.ts';
import { decisionOf, route } from '../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { canStartRedis } from '../support/redis/own-redis.ts';
import { prepareFleet, type Fleet } from '../support/servers/fleet.ts';
import type { TestServer } from '../support/servers/server.ts';

const key = 'only/model';
const call = { models: ['only/*'], timeoutMs: 5000 };
const patience = { timeout: 20_000 };

/** One request is tried twice: each failure counts. */
const FAILURES = 2;
const reliability = (failures: number) => (20 / (20 + failures) / 0.99) ** 2;

async function openPair(fleet: Fleet, provider: ScriptedProvider): Promise<[TestServer, TestServer]> {
  const [one, two] = [await fleet.start(), await fleet.start()];
  await addModel(one, 'only', provider);
  await untilKnown(two, 'only');
  return [one, two];
}

/** What a preview shows of the model. */
async function previewed(
  server: Asked,
): Promise<{ reliability: number; latencyMs: number; latencyRatio: number; failures: number }> {
  const { ranked } = await ask<{
    ranked: readonly [
      {
        contributions: { reliability: number };
        estimates: { latencyMs: number; latencyRatio: number; failures: number };
      },
    ];
  }>(
    server,
    'previewRoute',
    `{ previewRoute(input: { models: ["only/*"], messages: [{ role: USER, content: "Hi" }] }) { ... on RoutingPlan {
      ranked { contributions { reliability } estimates { latencyMs latencyRatio failures } } } } }`,
  );
  return { ...ranked[0].contributions, ...ranked[0].estimates };
}

describe.skipIf(!canStartRedis || inject('postgres') === null)('instances that learn of a model', () => {
  test('hear from each other what each has observed, count it once, and show it in previews and plans', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const [one, two] = await openPair(fleet, provider);
    const expected = await previewed(two);
    expect(expected).toMatchObject({ reliability: 1, latencyRatio: 1, failures: 0 });

    provider.next({ status: 500 }, { status: 500 });
    await route(one, call);
    expect((await previewed(one)).reliability).toBeCloseTo(reliability(FAILURES), 1);
    await expect
      .poll(async () => (await previewed(two)).reliability, patience)
      .toBeCloseTo(reliability(FAILURES), 1);

    // What both know is told back and forth, written down and restored: it stays what it was.
    await one.app.services.estimates.keep();
    const three = await fleet.start();
    provider.next({ status: 500 }, { status: 500 });
    await route(two, call);
    for (const server of [one, two, three]) {
      await expect
        .poll(() => server.app.services.estimates.estimateOf(key).failuresHundredths, patience)
        .toBeGreaterThan(100 * (2 * FAILURES - 1));
      expect(server.app.services.estimates.estimateOf(key).failuresHundredths).toBeLessThanOrEqual(400);
    }

    // A decision keeps the measures that it was made from.
    const { decision } = await route(three, call);
    const [planned] = decision.plan.ranked as [{ contributions: { reliability: number } }];
    expect(planned.contributions.reliability).toBeCloseTo(reliability(2 * FAILURES), 1);
    provider.next({ status: 500 }, { status: 500 });
    await route(three, call);
    expect((await decisionOf(one, decision)).plan).toEqual(decision.plan);
  });

  test('know without Redis what each has met itself, disturb nobody, and tell it when Redis is back', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const [one, two] = await openPair(fleet, provider);
    await fleet.redis!.kill();
    provider.next({ status: 500 }, { status: 500 });
    await route(one, call);
    expect((await previewed(one)).reliability).toBeLessThan(0.95);
    expect((await route(two, call)).__typename).toBe('RouteSuccess');
    expect(two.app.services.estimates.estimateOf(key).failuresHundredths).toBe(0);
    await fleet.redis!.start();
    await expect
      .poll(() => two.app.services.estimates.estimateOf(key).failuresHundredths, patience)
      .toBeGreaterThan(100);
  });

  test('alone and without Redis are told by the database what was known before a restart', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    {
      await using first = await fleet.start();
      await addModel(first, 'only', provider);
      expect(first.app.services.estimates.estimateOf(key)).toBe(asExpected);
      provider.next({ status: 500 }, { status: 500 });
      await route(first, call);
    }
    await using second = await fleet.start();
    expect((await previewed(second)).reliability).toBeCloseTo(reliability(FAILURES), 1);
  });
});
