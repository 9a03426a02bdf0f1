import { describe, expect, inject, it, vi } from 'vitest';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf, fail, transitionsOf, untilShown } from '../../support/graphql/breakers.ts';
import { ask } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { until } from '../../support/time/until.ts';

vi.setConfig({ testTimeout: 90_000 });

const PROBING = { SWITCHYARD_PROBES: 'on', SWITCHYARD_PROBE_INTERVAL_MS: '1000' } as const;

/** A probe asks for few tokens and for one word. */
const isProbe = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
  JSON.stringify(body['messages']).includes('Reply with the word OK.');

describe.skipIf(inject('postgres') === null)('the health monitor of a fleet', () => {
  it('probes each model about once an interval, whichever instance does', async () => {
    await using provider = await startScriptedProvider();
    await using database = await createPostgresDatabase();
    const environment = { ...PROBING, DATABASE_URL: database.url };
    await using one = await startServer(environment);
    await using other = await startServer(environment);
    await addModel(one, 'acme', provider);
    await untilKnown(other, 'acme');
    await provider.arrival(1);
    const before = provider.received;
    const startedMs = performance.now();
    await provider.arrival(before + 6);
    const intervals = (performance.now() - startedMs) / 1_000;
    // Six probes take six intervals, a tenth more or less each; an instance that probes beside the other halves that.
    expect(intervals).toBeGreaterThan(5);
    expect(provider.requests.every(isProbe)).toBe(true);
    const counts = await ask<{ nodes: { health: { count: number; successRatio: number } }[] }>(
      one,
      'models',
      '{ models(providerSlug: "acme") { nodes { health { count successRatio } } } }',
    );
    expect(counts.nodes[0]!.health).toMatchObject({ successRatio: 1 });
  });

  it('brings a model back without a user’s call, and no call fails while another model serves', async () => {
    await using bad = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    await using database = await createPostgresDatabase();
    const environment = {
      ...PROBING,
      SWITCHYARD_PROBE_INTERVAL_MS: '60000',
      SWITCHYARD_BREAKER_THRESHOLD: '2',
      SWITCHYARD_BREAKER_COOL_OFF_MS: '700',
      DATABASE_URL: database.url,
    };
    await using server = await startServer(environment);
    await addModel(server, 'bad', bad, PREFERRED);
    await addModel(server, 'spare', spare, SPARE);
    bad.always({ status: 500 });
    await fail(server, 'bad', bad, 2);
    await untilShown(server, 'bad', { state: 'OPEN' });
    const probesBefore = bad.requests.filter(isProbe).length;
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => route(server, { models: ['bad/model', 'spare/model'] })),
    );
    expect(calls.every(({ completion }) => completion?.model.key === 'spare/model')).toBe(true);
    await until(() => bad.requests.filter(isProbe).length > probesBefore);
    bad.always({});
    await untilShown(server, 'bad', { state: 'CLOSED' });
    const asked = bad.requests.filter((request) => !isProbe(request)).length;
    expect(asked).toBe(2);
    const recovered = await route(server, { models: ['bad/model'] });
    expect(recovered.completion?.model.key).toBe('bad/model');
    expect((await transitionsOf(server, 'bad')).at(-1)).toBe('HALF_OPEN → CLOSED');
    expect(await breakerOf(server, 'bad')).toMatchObject({ state: 'CLOSED' });
  });
});

describe('probeModel', () => {
  const PROBE = `mutation ($input: ProbeModelInput!) { probeModel(input: $input) { __typename
    ... on ProbeModelPayload { lifted breaker { state } healthCheck { id outcome failureClass latencyMs costUsd } }
    ... on Error { code message } ... on Unavailable { retryAfterMs } } }`;
  const probe = (server: TestServer, providerSlug: string) =>
    server.field<Record<string, unknown>>('probeModel', PROBE, {
      input: { providerSlug, modelSlug: 'model' },
    });

  it('shows what the model answers, puts an end to its pause, and says so', async () => {
    await using provider = await startScriptedProvider();
    await using server = await startServer();
    await addModel(server, 'acme', provider);
    provider.next({ status: 429, headers: { 'retry-after': '600' } });
    expect((await route(server, { models: ['acme/model'] })).__typename).not.toBe('RouteSuccess');
    expect(await probe(server, 'acme')).toMatchObject({
      __typename: 'ProbeModelPayload',
      lifted: ['RATE_LIMITED'],
      breaker: { state: 'CLOSED' },
      healthCheck: { outcome: 'OK', failureClass: null, costUsd: 0.00002 },
    });
    expect((await route(server, { models: ['acme/model'] })).__typename).toBe('RouteSuccess');
    expect(await probe(server, 'acme')).toMatchObject({ lifted: [] });
  });

  it('puts an end to HARD_DOWN, and not before the model answers', async () => {
    await using provider = await startScriptedProvider();
    await using server = await startServer();
    await addModel(server, 'acme', provider);
    provider.always({ status: 401 });
    await route(server, { models: ['acme/model'] });
    const isDown = async () => {
      const { plan } = (await route(server, { models: ['acme/model'] })).decision;
      return plan.rejected.some(({ reason }) => reason === 'HARD_DOWN');
    };
    await until(isDown);
    expect(await probe(server, 'acme')).toMatchObject({
      lifted: [],
      healthCheck: { outcome: 'TERMINAL_ERROR', failureClass: 'AUTH' },
    });
    expect(await isDown()).toBe(true);
    provider.always({});
    expect(await probe(server, 'acme')).toMatchObject({ lifted: ['HARD_DOWN'] });
    expect((await route(server, { models: ['acme/model'] })).__typename).toBe('RouteSuccess');
  });

  it('names what does not exist, and does not go round an open breaker', async () => {
    await using provider = await startScriptedProvider();
    await using server = await startServer({ SWITCHYARD_BREAKER_THRESHOLD: '1' });
    expect(await probe(server, 'nobody')).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    await addModel(server, 'acme', provider);
    await fail(server, 'acme', provider, 1);
    expect(await probe(server, 'acme')).toMatchObject({ __typename: 'Unavailable', code: 'UNAVAILABLE' });
    expect(provider.received).toBe(1);
  });
});
