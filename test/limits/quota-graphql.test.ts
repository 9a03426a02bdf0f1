import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { route, routeDocument, sayHello } from '../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { addModel, issueKey, type WantedKey } from '../support/graphql/admin.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

const call = sayHello({ models: ['only/*'] });

describe('the quota of an API key', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let provider: ScriptedProvider;
  beforeAll(async () => {
    provider = stack.use(await startScriptedProvider());
    server = stack.use(await startServer());
    await addModel(server, 'only', provider);
  });
  afterAll(() => stack.disposeAsync());

  const issue = async (limits: WantedKey) => (await issueKey(server, limits)).text;
  const ask = (key: string, input: object = {}) => route(server, { ...call, ...input }, { key });
  const answered = expect.objectContaining({ __typename: 'RouteSuccess' }) as object;
  const decisions = async () => {
    const query = '{ routingDecisions(first: 200) { nodes { id } } }';
    return (await server.field<{ nodes: unknown[] }>('routingDecisions', query)).nodes.length;
  };
  const refused = (message: string) => ({
    __typename: 'RateLimited',
    code: 'RATE_LIMITED',
    message,
    retryAfterMs: expect.any(Number),
  });

  test('refuses the call beyond it as a value with HTTP 200, plans nothing and records nothing', async () => {
    const key = await issue({ requestsPerMinute: 2 });
    for (let count = 0; count < 2; count += 1) expect(await ask(key)).toEqual(answered);
    const [before, received] = [await decisions(), provider.received];
    const { status, data } = await server.ask(routeDocument(''), { input: call }, key);
    const message = 'The quota of this API key is used up: 2 calls a minute.';
    expect([status, data?.['route']]).toMatchObject([200, { __typename: 'RateLimited', message }]);
    expect([await decisions(), provider.received]).toEqual([before, received]);
  });

  test('counts previews and voters as requests that take no tokens', async () => {
    const key = await issue({ requestsPerMinute: 3, tokensPerMinute: 1 });
    const previews = `query ($input: RouteInput!) {
      previewRoute(input: $input) { __typename }
      voters(input: $input) { __typename ... on RateLimited { code retryAfterMs } }
    }`;
    const preview = async () => (await server.ask(previews, { input: call }, key)).data;
    expect(await preview()).toEqual({
      previewRoute: { __typename: 'RoutingPlan' },
      voters: { __typename: 'VoterSelection' },
    });
    expect(await preview()).toEqual({
      previewRoute: { __typename: 'RoutingPlan' },
      voters: { __typename: 'RateLimited', code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) as number },
    });
  });

  test('is not touched by calls that are wrong', async () => {
    const key = await issue({ requestsPerMinute: 1 });
    for (let count = 0; count < 3; count += 1) {
      expect(await ask(key, { temperature: 9 })).toMatchObject({ __typename: 'InvalidInput' });
    }
    expect(await ask(key)).toEqual(answered);
    expect(await ask(key)).toMatchObject({ __typename: 'RateLimited' });
  });

  test('holds tokens back while a call is under way, and takes in the end what it really used', async () => {
    const key = await issue({ tokensPerMinute: 1000 });
    const released = Promise.withResolvers<void>();
    provider.next({ until: released.promise });
    const first = ask(key, { maxOutputTokens: 900 });
    await provider.arrival(provider.received + 1);
    const limited = refused('The quota of this API key is used up: 1000 tokens a minute.');
    expect(await ask(key, { maxOutputTokens: 900 })).toEqual(limited);
    released.resolve();
    expect(await first).toEqual(answered);
    // Fifteen tokens each.
    expect(await ask(key, { maxOutputTokens: 900 })).toEqual(answered);
    expect(await ask(key, { maxOutputTokens: 970 })).toEqual(limited);
    expect(await ask(key, { maxOutputTokens: 950 })).toEqual(answered);
  });

  test('says that waiting does not help a call that is larger than all of it', async () => {
    const key = await issue({ tokensPerMinute: 1000 });
    expect(await ask(key)).toEqual({
      __typename: 'RateLimited',
      code: 'RATE_LIMITED',
      message: 'This call may take 4103 tokens and its API key has 1000 a minute: lower maxOutputTokens.',
      retryAfterMs: null,
    });
  });

  test('counts a repeated call with its idempotency key as a call, and its tokens once', async () => {
    const key = await issue({ requestsPerMinute: 3, tokensPerMinute: 1000 });
    const keyed = { maxOutputTokens: 900, idempotencyKey: 'once' };
    for (let count = 0; count < 3; count += 1) expect(await ask(key, keyed)).toEqual(answered);
    expect(await ask(key, keyed)).toMatchObject({ __typename: 'RateLimited' });
  });
});
