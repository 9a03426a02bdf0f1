import { describe, expect, inject, it, vi } from 'vitest';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { hasPostgresBinaries, startPrivatePostgres } from '../../support/databases/private-postgres.ts';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import { fail, untilShown } from '../../support/graphql/breakers.ts';
import { ask } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { startServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';

vi.setConfig({ testTimeout: 120_000 });

const INTERVAL_MS = 1_000;

/** What a claim outlives its prober, how often others look, an interval, and a machine that is busy. */
const TAKEN_OVER_MS = 10_000;

const PROBING = {
  SWITCHYARD_PROBES: 'on',
  SWITCHYARD_PROBE_INTERVAL_MS: String(INTERVAL_MS),
} as const;

/** How many intervals pass while a provider is asked so many times more. */
async function intervalsFor(provider: ScriptedProvider, probes: number): Promise<number> {
  await provider.arrival(provider.received + 1);
  const startedMs = performance.now();
  await provider.arrival(provider.received + probes);
  return (performance.now() - startedMs) / INTERVAL_MS;
}

describe.skipIf(inject('postgres') === null)('probes of a fleet', () => {
  it('go on once an interval when probers are killed and paused', async () => {
    await using provider = await startScriptedProvider();
    await using database = await createPostgresDatabase();
    await using stack = new AsyncDisposableStack();
    const processes = await Promise.all(
      [1, 2, 3].map(async () => {
        const { path } = stack.use(await createDataDir('empty'));
        const environment = { ...PROBING, DATABASE_URL: database.url, SWITCHYARD_DATA_DIR: path };
        return stack.use(startServerProcess(environment));
      }),
    );
    const [one, other, last] = processes as [
      (typeof processes)[0],
      (typeof processes)[0],
      (typeof processes)[0],
    ];
    const urls = await Promise.all(processes.map((process) => process.url()));
    await addModel({ url: urls[0]! }, 'acme', provider);
    for (const url of urls) await untilKnown({ url }, 'acme');

    // Six probes in six intervals, a tenth more or less each: two probers beside each other would halve that.
    expect(await intervalsFor(provider, 6)).toBeGreaterThan(4.5);
    one.signal('SIGKILL');
    await one.ended;
    expect(await intervalsFor(provider, 4)).toBeGreaterThan(3);
    other.signal('SIGSTOP');
    expect(await intervalsFor(provider, 4)).toBeGreaterThan(3);
    other.signal('SIGCONT');
    expect(await intervalsFor(provider, 4)).toBeGreaterThan(3);
    last.signal('SIGTERM');
    expect((await last.ended).code).toBe(0);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'are taken over when their prober is met by %s amid one, and not before',
    async (signal) => {
      await using provider = await startScriptedProvider();
      await using database = await createPostgresDatabase();
      await using stack = new AsyncDisposableStack();
      const start = async () => {
        const { path } = stack.use(await createDataDir('empty'));
        const environment = { ...PROBING, DATABASE_URL: database.url, SWITCHYARD_DATA_DIR: path };
        const server = stack.use(startServerProcess(environment));
        return { server, url: await server.url() };
      };
      // Alone, so that the probe that is never answered is its own.
      const prober = await start();
      provider.always({ fault: 'hang' });
      await addModel(prober, 'acme', provider);
      await provider.arrival(1);
      const others = await Promise.all([start(), start()]);
      for (const other of others) await untilKnown(other, 'acme');
      await intervalsPass(3);
      expect(provider.received).toBe(1);

      provider.always({});
      prober.server.signal(signal);
      const startedMs = performance.now();
      await provider.arrival(2);
      expect(performance.now() - startedMs).toBeLessThan(TAKEN_OVER_MS);
      if (signal === 'SIGSTOP') prober.server.signal('SIGCONT');
      const intervals = await intervalsFor(provider, 4);
      expect(intervals).toBeGreaterThan(3);
      expect(intervals).toBeLessThan(8);
    },
  );

  it('stop at the cap, are not sent while the provider asks for a pause or refuses for good, and no user notices that one fails', async () => {
    await using provider = await startScriptedProvider();
    await using locked = await startScriptedProvider();
    await using paused = await startScriptedProvider();
    await using database = await createPostgresDatabase();
    // A probe can cost 16 tokens each way of 1 and 2 USD per million: 48 micro-USD, of which the answer uses 20.
    await using server = await startServer({
      ...PROBING,
      DATABASE_URL: database.url,
      SWITCHYARD_PROBE_MAX_USD_PER_HOUR: '0.0002',
    });
    await addModel(server, 'paused', paused);
    paused.always({ status: 429, headers: { 'retry-after': '600' } });
    await paused.arrival(1);
    await addModel(server, 'acme', provider);
    // The last one: any change of the catalog has models tried again.
    locked.always({ status: 401 });
    await addModel(server, 'locked', locked);
    // The second one confirms what the first one met.
    await locked.arrival(2);
    const spentOf = async () => {
      const { nodes } = await ask<{ nodes: { costUsd: number }[] }>(
        server,
        'healthChecks',
        '{ healthChecks(providerSlug: "acme") { nodes { costUsd } } }',
      );
      return { count: nodes.length, usd: nodes.reduce((sum, { costUsd }) => sum + costUsd, 0) };
    };
    // Half of the cap and no more is one model's after its first probe: what is under way counts at its most.
    await until(async () => (await spentOf()).count >= 3);
    await intervalsPass(4);
    const { count, usd } = await spentOf();
    expect(usd).toBeLessThanOrEqual(0.0002);
    expect(provider.received).toBe(count);
    expect(paused.received).toBe(1);
    expect(locked.received).toBe(2);
    expect((await route(server, { models: ['acme/model'] })).__typename).toBe('RouteSuccess');
  });

  it.skipIf(!hasPostgresBinaries())(
    'go on while Postgres is away, and what they show is written when it is back',
    async () => {
      await using postgres = await startPrivatePostgres();
      await using provider = await startScriptedProvider();
      await using server = await startServer({ ...PROBING, DATABASE_URL: postgres.url });
      await addModel(server, 'acme', provider);
      await provider.arrival(1);
      await postgres.kill();
      await provider.arrival(provider.received + 3);
      await postgres.start();
      await until(async () => {
        const answer = await server.ask('{ healthChecks(first: 200) { nodes { outcome } } }');
        const nodes = (answer.data as { healthChecks: { nodes: unknown[] } | null } | null)?.healthChecks
          ?.nodes;
        return (nodes?.length ?? 0) >= provider.received - 1;
      });
    },
  );

  it('bring back a model that failed for long without a user’s call, while another one serves', async () => {
    await using bad = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    await using database = await createPostgresDatabase();
    const environment = {
      ...PROBING,
      DATABASE_URL: database.url,
      SWITCHYARD_BREAKER_THRESHOLD: '3',
      SWITCHYARD_BREAKER_COOL_OFF_MS: '400',
      SWITCHYARD_BREAKER_MAX_COOL_OFF_MS: '800',
    };
    await using one = await startServer(environment);
    await using other = await startServer(environment);
    await addModel(one, 'bad', bad, PREFERRED);
    await addModel(one, 'spare', spare, SPARE);
    for (const slug of ['bad', 'spare']) await untilKnown(other, slug);
    bad.always({ status: 500 });
    await fail(one, 'bad', bad, 3);
    await untilShown(other, 'bad', { state: 'OPEN' });
    const failedCalls = bad.requests.filter(({ body }) => !isProbe(body)).length;
    const models = ['bad/model', 'spare/model'];
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all([route(one, { models }), route(other, { models })]);
      expect(answers.map(({ completion }) => completion?.model.key)).toEqual(['spare/model', 'spare/model']);
    }
    bad.always({});
    const recoveredMs = performance.now();
    await untilShown(one, 'bad', { state: 'CLOSED' });
    // Its cool-off, a probe, and a busy machine.
    expect(performance.now() - recoveredMs).toBeLessThan(6_000);
    expect(bad.requests.filter(({ body }) => !isProbe(body))).toHaveLength(failedCalls);
  });
});

const isProbe = (body: Readonly<Record<string, unknown>>) =>
  JSON.stringify(body['messages']).includes('Reply with the word OK.');

/** Resolves when so many intervals have passed by the clock: nothing that could be waited for may happen in them. */
async function intervalsPass(intervals: number): Promise<void> {
  const endMs = performance.now() + intervals * INTERVAL_MS;
  await until(() => performance.now() >= endMs);
}
