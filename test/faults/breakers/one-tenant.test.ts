import { describe, expect, inject, it } from 'vitest';
import { addModel, admits, createTenant, issueKey, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf, onceAt, untilShown } from '../../support/graphql/breakers.ts';
import { ask, fieldOf, send } from '../../support/graphql/client.ts';
import { EMBEDS, vectorsFor } from '../../support/providers/vectors.ts';
import { routeDocument, sayHello } from '../../support/graphql/route-call.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedRequest,
} from '../../support/providers/scripted-provider.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { prepareFleet, type Fleet } from '../../support/servers/fleet.ts';
import type { TestServer } from '../../support/servers/server.ts';

const COOL_OFF_MS = 60_000;
const POISON = 'xyzzy';

const isPoisoned = ({ body }: ScriptedRequest) => JSON.stringify(body).includes(POISON);
const isOurs = ({ body }: ScriptedRequest) => JSON.stringify(body).includes('Reply with the word OK.');

/** A provider whose model answers 500 to prompts with one word, and well to all others. */
async function startTouchy(): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider();
  provider.always((request) => (isPoisoned(request) ? { status: 500 } : {}));
  return provider;
}

const document = routeDocument('... on RouteSuccess { degraded }');
async function callAs(server: TestServer, key: string, content = 'Hi', timeoutMs = 20_000): Promise<string> {
  const input = sayHello({ ...onceAt('touchy'), timeoutMs, messages: [{ role: 'USER', content }] });
  return fieldOf<{ __typename: string }>(await send(server.url, key, document, { input }), 'route')
    .__typename;
}

/** Two instances and as many tenants as are named, each with a key. */
async function prepare(fleet: Fleet, provider: ScriptedProvider, tenants: readonly string[]) {
  const servers = [await fleet.start(), await fleet.start()] as const;
  const [one, other] = servers;
  await addModel(one, 'touchy', provider, { capabilities: ['STREAMING'] });
  await untilKnown(other, 'touchy');
  const keys: string[] = [];
  for (const slug of tenants) {
    const { id: tenantId } = await createTenant(one, slug);
    keys.push((await issueKey(one, { tenantId })).text);
  }
  for (const key of keys) {
    for (const server of servers) {
      await expect.poll(() => admits(server, key), { timeout: 20_000 }).toBe(true);
    }
  }
  return { one, other, keys };
}

async function poison(server: TestServer, key: string, count = 5): Promise<void> {
  for (let call = 0; call < count; call += 1) {
    expect(await callAs(server, key, `Say ${POISON}`)).toBe('AttemptsExhausted');
  }
  await server.app.services.breakers.settled();
}

async function reasonsOf(server: TestServer): Promise<string[]> {
  const { nodes } = await ask<{ nodes: { reason: string }[] }>(
    server,
    'breakerTransitions',
    '{ breakerTransitions(providerSlug: "touchy") { nodes { reason } } }',
  );
  return nodes.map(({ reason }) => reason).toReversed();
}

describe.skipIf(inject('postgres') === null || !canStartRedis)('prompts of one tenant that fail', () => {
  it.each([
    ['over Redis', true],
    ['without it', false],
  ])(
    'take the model from others for a moment, once, though only the other instance knows of these (%s)',
    async (_name, redis) => {
      await using provider = await startTouchy();
      await using fleet = await prepareFleet({ redis, rule: { coolOffMs: COOL_OFF_MS } });
      const { one, other, keys } = await prepare(fleet, provider, ['poisoner', 'victim']);
      const [poisoner, victim] = keys as [string, string];
      // A success ends the poisoner's streak: its failures have to come in between.
      expect(await callAs(other, victim)).toBe('RouteSuccess');
      await poison(one, poisoner);
      const cleared = { state: 'CLOSED', generation: 2, tripCount: 1 } as const;
      for (const server of [other, one]) await untilShown(server, 'touchy', cleared, 15_000);
      expect(await reasonsOf(one)).toEqual(['too many failures in a row', 'cleared by probe']);
      expect(provider.requests.filter(isOurs)).toHaveLength(1);
      for (const server of [one, other]) expect(await callAs(server, victim)).toBe('RouteSuccess');

      await poison(one, poisoner, 12);
      expect(await breakerOf(one, 'touchy')).toMatchObject({ state: 'CLOSED', generation: 2 });
      expect(await callAs(other, victim)).toBe('RouteSuccess');
      expect(provider.requests.filter(isOurs)).toHaveLength(1);
    },
    90_000,
  );

  it('open the breaker as ever when nobody else was there to lose it', async () => {
    await using provider = await startTouchy();
    await using fleet = await prepareFleet({ rule: { coolOffMs: COOL_OFF_MS } });
    const { one, keys } = await prepare(fleet, provider, ['alone']);
    await poison(one, keys[0]!);
    expect(await breakerOf(one, 'touchy')).toMatchObject({ state: 'OPEN', generation: 1 });
    // What would clear it looks every second.
    const shutAt = performance.now();
    await expect.poll(() => performance.now() - shutAt, { timeout: 10_000 }).toBeGreaterThan(3_000);
    expect(await breakerOf(one, 'touchy')).toMatchObject({ state: 'OPEN', generation: 1 });
    expect(provider.requests.filter(isOurs)).toEqual([]);
  }, 60_000);
});

describe.skipIf(inject('postgres') === null)('what one tenant fails by', () => {
  const messages = [{ role: 'user', content: `Say ${POISON}` }];
  const calls: Readonly<Record<string, readonly [path: string, body: object]>> = {
    'a streamed call': ['/v1/chat/completions', { messages, stream: true }],
    'a call of Messages': ['/v1/messages', { messages, max_tokens: 100 }],
    'a call of Responses': ['/v1/responses', { input: messages }],
    'an embedding': ['/v1/embeddings', { input: [POISON] }],
  };
  it.each(Object.entries(calls))(
    'is looked into as well when it is %s',
    async (_name, [path, body]) => {
      await using provider = await startTouchy();
      await using fleet = await prepareFleet({ redis: false, rule: { coolOffMs: COOL_OFF_MS } });
      const { one, keys } = await prepare(fleet, provider, ['poisoner', 'victim']);
      const [poisoner, victim] = keys as [string, string];
      const embeds = path.endsWith('embeddings');
      if (embeds) await addModel(one, 'touchy', provider, { ...EMBEDS, modelSlug: 'embed' });
      const model = embeds ? 'touchy/embed' : 'touchy/model';
      const ask = async (key: string, content: object) => {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const sent = JSON.stringify({ model, switchyard: { policy: { maxAttempts: 1 } }, ...content });
        return (await fetch(`${one.url}${path}`, { method: 'POST', headers, body: sent })).status;
      };
      const harmless = JSON.parse(
        JSON.stringify(body).replace(`Say ${POISON}`, 'Hi').replace(POISON, 'Hi'),
      ) as object;
      if (embeds)
        provider.always((request) => (isPoisoned(request) ? { status: 500 } : { body: vectorsFor(request) }));
      expect(await ask(victim, { ...harmless, stream: undefined })).toBe(200);
      for (let call = 0; call < 5; call += 1) expect(await ask(poisoner, body)).toBe(502);
      await one.app.services.breakers.settled();
      await expect
        .poll(() => one.app.services.breakers.viewOf(model), { timeout: 15_000 })
        .toMatchObject({ generation: 2, state: 'CLOSED' });
      expect(await ask(victim, { ...harmless, stream: undefined })).toBe(200);
    },
    60_000,
  );
});

describe.skipIf(inject('postgres') === null || !canStartRedis)('an outage', () => {
  it('opens the breaker with the fifth failure, and keeps it open, whosever the failures were', async () => {
    for (const tenantsThatFail of [1, 2]) {
      await using provider = await startTouchy();
      await using fleet = await prepareFleet({ rule: { coolOffMs: COOL_OFF_MS } });
      const { one, other, keys } = await prepare(fleet, provider, ['first', 'second']);
      expect(await callAs(other, keys[1]!)).toBe('RouteSuccess');
      provider.always({ status: 500 });
      for (let call = 0; call < 5; call += 1) {
        expect(await breakerOf(one, 'touchy')).toMatchObject({ state: 'CLOSED' });
        expect(await callAs(one, keys[call % tenantsThatFail]!)).toBe('AttemptsExhausted');
        await one.app.services.breakers.settled();
      }
      expect(await breakerOf(one, 'touchy')).toMatchObject({ state: 'OPEN', generation: 1, tripCount: 1 });
      const ours = 2 - tenantsThatFail;
      await expect.poll(() => provider.requests.filter(isOurs).length, { timeout: 10_000 }).toBe(ours);
      await one.app.services.breakers.settled();
      await untilShown(other, 'touchy', { state: 'OPEN', generation: 1 });
      const { retryAfterMs } = await breakerOf(one, 'touchy');
      expect(retryAfterMs).toBeLessThanOrEqual(COOL_OFF_MS);
      expect(await reasonsOf(one)).toEqual(['too many failures in a row']);
    }
  }, 90_000);
});
