import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addModel, change, PREFERRED, SPARE } from '../../support/graphql/admin.ts';
import { adminKey, ask } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { subscribeBySse } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

describe('maxConcurrent', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let spare: ScriptedProvider;
  beforeAll(async () => {
    server = stack.use(await startServer());
    spare = stack.use(await startScriptedProvider());
    await addModel(server, 'spare', spare, { ...SPARE, capabilities: ['STREAMING'] });
  });
  afterAll(() => stack.disposeAsync());

  /** A provider with so many places, which answers nobody before it is told to. */
  async function addSlow(slug: string, maxConcurrent: number, of: 'provider' | 'model') {
    const provider = stack.use(await startScriptedProvider());
    await addModel(server, slug, provider, { ...PREFERRED, capabilities: ['STREAMING'] });
    if (of === 'provider') await change(server, 'upsertProvider', { slug, maxConcurrent });
    else await change(server, 'upsertModel', { providerSlug: slug, modelSlug: 'model', maxConcurrent });
    const gate = Promise.withResolvers<void>();
    provider.always({ until: gate.promise });
    return { provider, answer: gate.resolve, alone: { models: [`${slug}/model`], timeoutMs: 60_000 } };
  }

  /** So many calls wait for a place. */
  const untilWaiting = (provider: ScriptedProvider, received: number) =>
    until(() =>
      Promise.resolve(server.app.services.route.inFlight() > received && provider.received === received),
    );

  it.each(['provider', 'model'] as const)(
    'of a %s: what comes beyond it goes to the next candidate',
    async (of) => {
      const slug = `crowded-${of}`;
      const { provider, answer } = await addSlow(slug, 3, of);
      const input = { models: [`${slug}/model`, 'spare/model'], timeoutMs: 60_000 };
      const servedBy: string[] = [];
      const calls = Array.from({ length: 20 }, async () => {
        servedBy.push((await route(server, input)).completion!.model.key);
      });
      await expect.poll(() => servedBy.length).toBe(17);
      expect(new Set(servedBy)).toEqual(new Set(['spare/model']));
      expect(provider.received).toBe(3);
      answer();
      await Promise.all(calls);
      expect(servedBy.slice(17)).toEqual(Array.from({ length: 3 }, () => `${slug}/model`));
    },
  );

  it('lets a call that has no other candidate wait for its turn, streams among them', async () => {
    const { provider, answer, alone } = await addSlow('alone', 2, 'provider');
    const whole = Array.from({ length: 5 }, () => route(server, alone));
    const streamed = Array.from({ length: 5 }, async () => {
      const variables = { input: { messages: [{ role: 'USER', content: 'Hi.' }], ...alone } };
      let last = '';
      for await (const event of subscribeBySse({ url: server.url, key: adminKey }, variables))
        last = event.__typename;
      return last;
    });
    await provider.arrival(2);
    await expect.poll(() => server.app.services.route.inFlight()).toBe(10);
    expect(provider.received).toBe(2);
    answer();
    for (const { __typename } of await Promise.all(whole)) expect(__typename).toBe('RouteSuccess');
    expect(new Set(await Promise.all(streamed))).toEqual(new Set(['RouteCompleted']));
    expect(provider.received).toBe(10);
  });

  it('ends the wait with the time of the call', async () => {
    const { provider, answer, alone } = await addSlow('late', 1, 'model');
    const first = route(server, alone);
    await provider.arrival(1);
    const late = await route(server, { ...alone, timeoutMs: 300 });
    expect(late.__typename).toBe('DeadlineExceeded');
    expect(provider.received).toBe(1);
    answer();
    expect(await first).toMatchObject({ __typename: 'RouteSuccess' });
  });

  it.each([
    { way: 'fails', reply: { status: 500 } },
    { way: 'is refused for its rate', reply: { status: 400, body: { error: { message: 'no' } } } },
    { way: 'is cut off', reply: { fault: 'reset' } },
    { way: 'is malformed', reply: { body: '{' } },
  ] as const)('gives a place back when a call $way', async ({ way, reply }) => {
    const slug = `back-${way.replaceAll(' ', '-')}`;
    const { provider, answer, alone } = await addSlow(slug, 1, 'model');
    answer();
    provider.next(reply);
    await route(server, { ...alone, policy: { maxAttempts: 1 } });
    expect(await route(server, alone)).toMatchObject({ __typename: 'RouteSuccess' });
  });

  it('gives a place back when its caller leaves, at the provider or in the line', async () => {
    const { provider, answer, alone } = await addSlow('left', 1, 'model');
    const leaving = new AbortController();
    const first = expect(route(server, alone, { signal: leaving.signal })).rejects.toThrow();
    await provider.arrival(1);
    const second = expect(route(server, alone, { signal: leaving.signal })).rejects.toThrow();
    await untilWaiting(provider, 1);
    leaving.abort();
    await Promise.all([first, second]);
    await provider.abandonment(1);
    answer();
    expect(await route(server, alone)).toMatchObject({ __typename: 'RouteSuccess' });
  });

  it('is shown, is cleared by null, and must be a whole number above zero', async () => {
    const input = { slug: 'spare', maxConcurrent: 7 };
    expect(await change(server, 'upsertProvider', input, 'provider { maxConcurrent }')).toMatchObject({
      provider: { maxConcurrent: 7 },
    });
    const model = { providerSlug: 'spare', modelSlug: 'model' };
    expect(
      await change(server, 'upsertModel', { ...model, maxConcurrent: 5 }, 'model { maxConcurrent }'),
    ).toMatchObject({ model: { maxConcurrent: 5 } });
    // Whoever says nothing of it leaves it as it is.
    expect(await change(server, 'upsertModel', model, 'model { maxConcurrent }')).toMatchObject({
      model: { maxConcurrent: 5 },
    });
    await change(server, 'upsertModel', { ...model, maxConcurrent: null });
    await change(server, 'upsertProvider', { slug: 'spare', maxConcurrent: null });
    const { nodes } = await ask<{ nodes: object[] }>(
      server,
      'models',
      '{ models(providerSlug: "spare") { nodes { maxConcurrent provider { maxConcurrent } } } }',
    );
    expect(nodes).toEqual([{ maxConcurrent: null, provider: { maxConcurrent: null } }]);
    for (const maxConcurrent of [0, -1, 1_000_001]) {
      const refused = await ask<object>(
        server,
        'upsertModel',
        `mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { __typename ... on InvalidInput { issues { path } } } }`,
        { input: { ...model, maxConcurrent } },
      );
      expect(refused).toEqual({ __typename: 'InvalidInput', issues: [{ path: ['maxConcurrent'] }] });
    }
  });
});
