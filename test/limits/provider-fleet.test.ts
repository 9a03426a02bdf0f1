import { describe, expect, inject, test } from 'vitest';
import { createPostgresDatabase } from '../support/databases/fresh-databases.ts';
import { canStartRedis, createOwnRedis } from '../support/redis/own-redis.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { addHttpModel, startServer, type TestServer } from '../support/servers/server.ts';

const call = { messages: [{ role: 'USER', content: 'Say hello.' }], models: ['only/*'], timeoutMs: 5000 };
const route = `mutation ($input: RouteInput!) {
  route(input: $input) { __typename ... on NoEligibleModel { retryAfterMs decision { plan { rejected { reason } } } } }
}`;

describe.skipIf(!canStartRedis || inject('postgres') === null)('two servers and one provider', () => {
  test('a 429 that one of them meets keeps the other from calling the model', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await createPostgresDatabase());
    const redis = stack.use(await createOwnRedis());
    const provider = stack.use(await startScriptedProvider());
    const servers: TestServer[] = [];
    for (let count = 0; count < 2; count += 1) {
      servers.push(stack.use(await startServer({ DATABASE_URL: url, REDIS_URL: redis.url })));
    }
    const [one, two] = [servers[0]!, servers[1]!];
    await addHttpModel(one, { slug: 'only', baseUrl: provider.baseUrl });
    const cooling = async (server: TestServer) => {
      const query = '{ models(providerSlug: "only") { nodes { rateLimit { coolingUntil headroom } } } }';
      const { nodes } = await server.field<{ nodes: { rateLimit: { coolingUntil: string } | null }[] }>(
        'models',
        query,
      );
      return nodes.map(({ rateLimit }) => rateLimit?.coolingUntil ?? null);
    };
    await expect.poll(() => cooling(two), { timeout: 10_000 }).toEqual([null]);

    provider.always({ status: 429, headers: { 'retry-after': '60' } });
    await one.ask(route, { input: call });
    expect(provider.received).toBe(1);
    await expect.poll(() => cooling(two), { timeout: 10_000 }).toEqual([expect.any(String)]);
    const refusal = await two.field<{ retryAfterMs: number }>('route', route, { input: call });
    expect(refusal).toMatchObject({
      __typename: 'NoEligibleModel',
      decision: { plan: { rejected: expect.arrayContaining([{ reason: 'RATE_LIMITED' }]) } },
    });
    expect(refusal.retryAfterMs).toBeGreaterThan(30_000);
    expect(provider.received).toBe(1);
  });
});
