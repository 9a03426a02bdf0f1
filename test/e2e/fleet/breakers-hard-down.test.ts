import { describe, expect, inject, it } from 'vitest';
import { addModel, change, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import { ask } from '../../support/graphql/client.ts';
import { breakerOf } from '../../support/graphql/breakers.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { route, type RouteAnswer } from '../../support/graphql/route-call.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider, type ScriptedRequest } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';

const MARKER = 'the word that this provider cannot stand';

const textOf = ({ body }: ScriptedRequest) => JSON.stringify(body['messages']);

interface Rejected {
  readonly modelSlug: string;
  readonly reason: string;
  readonly retryAfterMs: number | null;
}

/** What of a provider is out of service, as an instance would plan. */
async function hardDownsOf(server: TestServer, providerSlug: string): Promise<Rejected[]> {
  const { rejected } = await ask<{ rejected: (Rejected & { providerSlug: string })[] }>(
    server,
    'previewRoute',
    `{ previewRoute(input: { messages: [{ role: USER, content: "Hi" }] }) {
      ... on RoutingPlan { rejected { providerSlug modelSlug reason retryAfterMs } } } }`,
  );
  return rejected.filter((one) => one.providerSlug === providerSlug && one.reason === 'HARD_DOWN');
}

const untilDown = (server: TestServer, providerSlug: string, modelSlugs: readonly string[]) =>
  expect
    .poll(async () => (await hardDownsOf(server, providerSlug)).map(({ modelSlug }) => modelSlug), {
      timeout: 10_000,
    })
    .toEqual(modelSlugs);

/** Adds a second model of the same price and quality class to a provider. */
const addSibling = (server: TestServer, providerSlug: string) =>
  change(server, 'upsertModel', {
    ...{ providerSlug, modelSlug: 'sibling', contextWindowTokens: 100_000, maxOutputTokens: 8_000 },
    ...{ inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2, complianceScore: 0.9 },
    ats: [{ taskType: 'default', score: 0.9 }],
  });

const servedBy = ({ completion }: RouteAnswer) => completion?.model.key;

describe.skipIf(inject('postgres') === null || !canStartRedis)('a provider that refuses for good', () => {
  it('is out of service whole after a 401 that our own probe met too, on every instance, until the catalog changes', async () => {
    await using locked = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const servers = [await fleet.start(), await fleet.start()];
    const [one, other] = servers as [TestServer, TestServer];
    await addModel(one, 'locked', locked, PREFERRED);
    await addSibling(one, 'locked');
    await addModel(one, 'spare', spare, SPARE);
    await untilKnown(other, 'spare');

    locked.always({ status: 401 });
    expect(servedBy(await route(one))).toBe('spare/model');
    for (const server of servers) await untilDown(server, 'locked', ['model', 'sibling']);
    expect(locked.requests.map(textOf)).toEqual([
      expect.stringContaining('Say hello.'),
      expect.stringContaining('Reply with the word OK.'),
    ]);
    for (const server of servers) {
      for (const { retryAfterMs } of await hardDownsOf(server, 'locked')) {
        expect(retryAfterMs).toBeGreaterThan(29 * 60_000);
        expect(retryAfterMs).toBeLessThanOrEqual(30 * 60_000);
      }
      expect(servedBy(await route(server))).toBe('spare/model');
      const refused = await route(server, { models: ['locked/*'] });
      expect(refused).toMatchObject({ __typename: 'NoEligibleModel', decision: { attempts: [] } });
      expect(refused.retryAfterMs).toBeGreaterThan(29 * 60_000);
    }
    expect(locked.received).toBe(2);

    locked.always({});
    await change(one, 'upsertProvider', {
      ...{ slug: 'locked', adapter: 'openai-compatible', name: 'Unlocked' },
    });
    for (const server of servers) {
      await untilDown(server, 'locked', []);
      expect(servedBy(await route(server))).toMatch(/^locked\//);
    }
    expect(await one.app.services.database.prisma.circuitBreaker.count()).toBe(0);
  });

  it('is out of service with one model alone after a 404 that our own probe met too', async () => {
    await using moved = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'moved', moved, PREFERRED);
    await addSibling(server, 'moved');
    moved.always(({ body }) => (body['model'] === 'model' ? { status: 404 } : {}));
    await route(server, { models: ['moved/model'], policy: { maxAttempts: 1 } });
    await untilDown(server, 'moved', ['model']);
    expect(servedBy(await route(server, { models: ['moved/*'] }))).toBe('moved/sibling');
  });

  it('is out of service only as far as our own probe says: a 401 that is a 403 to the probe is the model’s', async () => {
    await using picky = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'picky', picky, PREFERRED);
    await addSibling(server, 'picky');
    picky.always((request) => ({ status: textOf(request).includes(MARKER) ? 401 : 403 }));
    const messages = [{ role: 'USER', content: MARKER }];
    await route(server, { messages, models: ['picky/model'], policy: { maxAttempts: 1 } });
    await untilDown(server, 'picky', ['model']);
  });

  it.each([401, 402, 403, 404])('is not for a %i that only one tenant’s content meets', async (status) => {
    await using picky = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    await using fleet = await prepareFleet({ redis: false });
    const server = await fleet.start();
    await addModel(server, 'picky', picky, PREFERRED);
    await addModel(server, 'spare', spare, SPARE);
    picky.always((request) => (textOf(request).includes(MARKER) ? { status } : {}));
    const marked = { messages: [{ role: 'USER', content: MARKER }] };
    expect(servedBy(await route(server, marked))).toBe('spare/model');
    await picky.arrival(2);
    expect(textOf(picky.requests[1]!)).not.toContain(MARKER);

    // The probe has found the model well: others are served, and the same content asks for no probe again.
    expect(servedBy(await route(server))).toBe('picky/model');
    expect(servedBy(await route(server, marked))).toBe('spare/model');
    expect(servedBy(await route(server))).toBe('picky/model');
    expect(picky.requests.map((request) => textOf(request).includes(MARKER))).toEqual([
      ...[true, false, false, true, false],
    ]);
    expect(await hardDownsOf(server, 'picky')).toEqual([]);
    expect(await breakerOf(server, 'picky')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
  });
});
