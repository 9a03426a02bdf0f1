import { describe, expect, inject, test } from 'vitest';
import { addModel, admits, issueKey, untilKnown } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { until } from '../../support/time/until.ts';

const models = ['only/*'];

describe.skipIf(!canStartRedis || inject('postgres') === null)('two servers and one key', () => {
  test('admit together what the key allows, and what comes within the moment that news takes', async () => {
    await using stage = await startStage();
    const key = await stage.issue(60);
    const admittedAt: number[] = [];
    let refusedInARow = 0;
    for (let call = 0; refusedInARow < 4; call += 1) {
      const answer = await stage.call(call % 2, key);
      if (answer.__typename === 'RouteSuccess') admittedAt.push(Date.now());
      refusedInARow = answer.__typename === 'RateLimited' ? refusedInARow + 1 : 0;
      if (refusedInARow > 0) expect(answer.retryAfterMs).toBeGreaterThan(0);
    }
    expect(admittedAt.length).toBeGreaterThanOrEqual(60);
    // Half a second, by docs/operations.md, and a whole one for a machine that is busy.
    expect(admittedAt.at(-1)! - admittedAt[59]!).toBeLessThan(1500);
  });

  test('hold callers to the key each by itself while Redis is gone, and are slowed by none that hangs', async () => {
    await using stage = await startStage();
    const [hanging, gone] = [await stage.issue(5), await stage.issue(5)];
    stage.redis.pause();
    for (const server of [0, 1]) {
      for (let call = 0; call < 5; call += 1) {
        const before = performance.now();
        expect(await stage.call(server, hanging)).toMatchObject({ __typename: 'RouteSuccess' });
        // A connection gives a silent Redis 1500 ms: who waited for it would take longer.
        expect(performance.now() - before).toBeLessThan(1400);
      }
      expect(await stage.call(server, hanging)).toMatchObject({ __typename: 'RateLimited' });
    }
    await stage.redis.kill();
    for (const server of [0, 1]) {
      for (let call = 0; call < 5; call += 1) {
        expect(await stage.call(server, gone)).toMatchObject({ __typename: 'RouteSuccess' });
      }
      expect(await stage.call(server, gone)).toMatchObject({
        __typename: 'RateLimited',
        code: 'RATE_LIMITED',
      });
    }
  });
});

/** Two servers that know one model. */
async function startStage() {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startScriptedProvider());
  const fleet = stack.use(await prepareFleet({}));
  const servers = [await fleet.start(), await fleet.start()] as const;
  await addModel(servers[0], 'only', provider);
  await untilKnown(servers[1], 'only');
  const owned = stack.move();
  return {
    redis: fleet.redis!,
    call: (server: number, key: string) => route(servers[server]!, { models }, { key }),
    /** A key of so many calls a minute that every server knows. */
    async issue(requestsPerMinute: number): Promise<string> {
      const { text } = await issueKey(servers[0], { requestsPerMinute });
      await until(() => admits(servers[1], text));
      return text;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
