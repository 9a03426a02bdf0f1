import { describe, expect, inject, test } from 'vitest';
import { createPostgresDatabase } from '../support/databases/fresh-databases.ts';
import { canStartRedis, createOwnRedis } from '../support/redis/own-redis.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { addHttpModel, startServer, type TestServer } from '../support/servers/server.ts';

const route = `mutation ($input: RouteInput!) {
  route(input: $input) { __typename ... on RateLimited { code message retryAfterMs } }
}`;
const variables = { input: { messages: [{ role: 'USER', content: 'Say hello.' }], models: ['only/*'] } };

interface Answer {
  readonly __typename: string;
  readonly retryAfterMs?: number;
}

describe.skipIf(!canStartRedis || inject('postgres') === null)('two servers and one key', () => {
  test('admit together what the key allows, and what comes within the moment that news takes', async () => {
    await using fleet = await stage();
    const key = await fleet.issue(60);
    const admittedAt: number[] = [];
    let refusedInARow = 0;
    for (let call = 0; refusedInARow < 4; call += 1) {
      const answer = await fleet.call(call % 2, key);
      if (answer.__typename === 'RouteSuccess') admittedAt.push(Date.now());
      refusedInARow = answer.__typename === 'RateLimited' ? refusedInARow + 1 : 0;
      if (refusedInARow > 0) expect(answer.retryAfterMs).toBeGreaterThan(0);
    }
    expect(admittedAt.length).toBeGreaterThanOrEqual(60);
    // Half a second, by docs/operations.md, and a whole one for a machine that is busy.
    expect(admittedAt.at(-1)! - admittedAt[59]!).toBeLessThan(1500);
  });

  test('hold callers to the key each by itself while Redis is gone, and are slowed by none that hangs', async () => {
    await using fleet = await stage();
    const [hanging, gone] = [await fleet.issue(5), await fleet.issue(5)];
    fleet.redis.pause();
    for (const server of [0, 1]) {
      for (let call = 0; call < 5; call += 1) {
        const before = performance.now();
        expect(await fleet.call(server, hanging)).toMatchObject({ __typename: 'RouteSuccess' });
        // A connection gives a silent Redis 1500 ms: who waited for it would take longer.
        expect(performance.now() - before).toBeLessThan(1400);
      }
      expect(await fleet.call(server, hanging)).toMatchObject({ __typename: 'RateLimited' });
    }
    await fleet.redis.kill();
    for (const server of [0, 1]) {
      for (let call = 0; call < 5; call += 1) {
        expect(await fleet.call(server, gone)).toMatchObject({ __typename: 'RouteSuccess' });
      }
      expect(await fleet.call(server, gone)).toMatchObject({
        __typename: 'RateLimited',
        code: 'RATE_LIMITED',
      });
    }
  });
});

async function stage() {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createPostgresDatabase());
  const redis = stack.use(await createOwnRedis());
  const provider = stack.use(await startScriptedProvider());
  const servers: TestServer[] = [];
  for (let count = 0; count < 2; count += 1) {
    servers.push(stack.use(await startServer({ DATABASE_URL: url, REDIS_URL: redis.url })));
  }
  await addHttpModel(servers[0]!, { slug: 'only', baseUrl: provider.baseUrl });
  const call = async (server: number, key: string) => {
    const { data, errors } = await servers[server]!.ask(route, variables, key);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data?.['route'] as Answer;
  };
  const owned = stack.move();
  return {
    ...{ redis, call },
    /** A key of so many calls a minute that every server knows, as it does the model. */
    async issue(requestsPerMinute: number): Promise<string> {
      const mutation = `mutation ($input: IssueApiKeyInput!) {
        issueApiKey(input: $input) { ... on IssueApiKeyPayload { secret } }
      }`;
      const { secret } = await servers[0]!.field<{ secret: string }>('issueApiKey', mutation, {
        input: { roles: ['AGENT'], requestsPerMinute },
      });
      const preview = `query ($input: RouteInput!) {
        previewRoute(input: $input) { ... on RoutingPlan { ranked { position } } }
      }`;
      const known = async () => (await servers[1]!.ask(preview, variables, secret)).data?.['previewRoute'];
      await expect.poll(known).toEqual({ ranked: [{ position: 1 }] });
      return secret;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
