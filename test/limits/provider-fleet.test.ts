import { describe, expect, inject, test } from 'vitest';
import { addModel, untilKnown } from '../support/graphql/admin.ts';
import { ask, type Asked } from '../support/graphql/client.ts';
import { route } from '../support/graphql/route-call.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { canStartRedis } from '../support/redis/own-redis.ts';
import { prepareFleet } from '../support/servers/fleet.ts';

const call = { models: ['only/*'], timeoutMs: 5000 };

/** Until when an instance leaves the model alone. */
async function coolingOf(server: Asked): Promise<string | null> {
  const { nodes } = await ask<{ nodes: { rateLimit: { coolingUntil: string | null } | null }[] }>(
    server,
    'models',
    '{ models(providerSlug: "only") { nodes { rateLimit { coolingUntil } } } }',
  );
  return nodes[0]?.rateLimit?.coolingUntil ?? null;
}

describe.skipIf(!canStartRedis || inject('postgres') === null)('two servers and one provider', () => {
  test('a 429 that one of them meets keeps the other from calling the model', async () => {
    await using provider = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const [one, two] = [await fleet.start(), await fleet.start()];
    await addModel(one, 'only', provider);
    await untilKnown(two, 'only');
    expect(await coolingOf(two)).toBeNull();

    provider.always({ status: 429, headers: { 'retry-after': '60' } });
    await route(one, call);
    expect(provider.received).toBe(1);
    await expect.poll(() => coolingOf(two)).not.toBeNull();
    const refusal = await route(two, call);
    expect(refusal.__typename).toBe('NoEligibleModel');
    expect(refusal.decision.plan.rejected).toContainEqual(
      expect.objectContaining({ reason: 'RATE_LIMITED' }),
    );
    expect(refusal.retryAfterMs).toBeGreaterThan(30_000);
    expect(provider.received).toBe(1);
  });
});
