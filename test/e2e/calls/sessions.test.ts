import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { ask, type Asked } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet, type Fleet } from '../../support/servers/fleet.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

interface Preview {
  readonly reason: string;
  readonly ranked: readonly {
    readonly providerSlug: string;
    readonly affinity: boolean;
    readonly firstShare: number;
  }[];
}

describe.skipIf(!canStartRedis)('the calls of a session', () => {
  const stack = new AsyncDisposableStack();
  let fleet: Fleet;
  let near: TestServer;
  let far: TestServer;
  const providers = new Map<string, ScriptedProvider>();
  beforeAll(async () => {
    fleet = stack.use(await prepareFleet({ rule: { threshold: 1 } }));
    near = stack.use(await fleet.start());
    far = stack.use(await fleet.start());
    for (const slug of ['one', 'two', 'three']) {
      const provider = stack.use(await startScriptedProvider());
      providers.set(slug, provider);
      await addModel(near, slug, provider, { ats: 0.9 });
      await until(async () => (await preview(far, 'none')).ranked.some((each) => each.providerSlug === slug));
    }
  });
  afterAll(() => stack.disposeAsync());

  const preview = (server: Asked, sessionId: string) =>
    ask<Preview>(
      server,
      'previewRoute',
      `query ($input: RouteInput!) { previewRoute(input: $input) {
        ... on RoutingPlan { reason ranked { providerSlug affinity firstShare } }
      } }`,
      { input: { messages: [{ role: 'USER', content: 'Hello' }], sessionId } },
    );
  const answeredBy = async (server: Asked, sessionId: string) =>
    (await route(server, { sessionId })).completion?.model.key;

  it('go to one model, at whichever instance they come in, and the plan says why', async () => {
    const first = await answeredBy(near, 'chat');
    await expect
      .poll(async () => (await preview(far, 'chat')).ranked[0])
      .toMatchObject({ affinity: true, firstShare: 1 });
    const { reason, ranked } = await preview(far, 'chat');
    expect(`${ranked[0]!.providerSlug}/model`).toBe(first);
    expect(reason).toContain(`${first} answered this session’s last call`);
    const others = await Promise.all(
      Array.from({ length: 12 }, (_, call) => answeredBy(call % 2 ? near : far, 'chat')),
    );
    expect(new Set(others)).toEqual(new Set([first]));
  });

  it('leave a model that fails, and stay with the one that answered instead', async () => {
    const first = (await answeredBy(near, 'moving'))!;
    const slug = first.slice(0, first.indexOf('/'));
    providers.get(slug)!.always({ status: 500 });
    const next = (await answeredBy(near, 'moving'))!;
    expect(next).not.toBe(first);
    providers.get(slug)!.always({});
    expect(await answeredBy(near, 'moving')).toBe(next);
    expect((await preview(near, 'moving')).ranked[0]).toMatchObject({ affinity: true });
  });

  it('of other sessions are spread as ever', async () => {
    const served = await Promise.all(
      Array.from({ length: 40 }, (_, call) => answeredBy(far, `alone-${call}`)),
    );
    expect(new Set(served).size).toBeGreaterThan(1);
  });
});
