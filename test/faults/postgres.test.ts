import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDataDir } from '../support/databases.ts';
import { send } from '../support/graphql-client.ts';
import {
  hasPostgresBinaries,
  startPrivatePostgres,
  type PrivatePostgres,
} from '../support/private-postgres.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import { addHttpModel, adminKey, startServer } from '../support/server.ts';
import { expectRecorded, routeOnce, startLoad, type SeenCall } from './outage-load.ts';
import { startServerProcess } from './server-process.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const IN_FLIGHT = 16;

/** What a call may take longer when the database goes away meanwhile, and what a busy machine adds. */
const LONGER_MS = 1_000;
const TOLERANCE_MS = 700;

/** How long what needs the database may take to say that it is away. */
const AWAY_ANSWER_MS = 3_500;

async function startProvider() {
  const provider = await startScriptedProvider({ record: false });
  onTestFinished(() => provider[Symbol.asyncDispose]());
  provider.always({ delayMs: 30 });
  return provider;
}

async function startPostgres(): Promise<PrivatePostgres> {
  const postgres = await startPrivatePostgres();
  onTestFinished(() => postgres[Symbol.asyncDispose]());
  return postgres;
}

/** Asks for something, and how long its answer took. */
async function timedAsk(url: string, query: string) {
  const startedMs = performance.now();
  const answer = await send(url, adminKey, query);
  return { answer, tookMs: performance.now() - startedMs };
}

const adminMutations = [
  'mutation { answer: createTenant(input: { slug: "new", name: "New" }) { __typename } }',
  'mutation { answer: issueApiKey(input: { roles: [AGENT] }) { __typename } }',
  'mutation { answer: updateTenantPolicy(input: { version: 1, maxAttempts: 2 }) { __typename } }',
  'mutation { answer: upsertProvider(input: { slug: "p", name: "P", adapter: "simulated" }) { __typename } }',
  'mutation { answer: archiveModel(input: { providerSlug: "scripted", modelSlug: "model" }) { __typename } }',
];

const tableQueries = [
  '{ answer: auditLog { nodes { id } } }',
  '{ answer: routingDecisions { nodes { id } } }',
  '{ answer: verifyAuditChain { ok } }',
  '{ answer: tenants { nodes { id } } }',
];

/** Whatever needs the database says in time that it is away; what does not goes on. */
async function expectAway(url: string): Promise<void> {
  const mutations = await Promise.all(adminMutations.map((mutation) => timedAsk(url, mutation)));
  for (const { answer, tookMs } of mutations) {
    expect(answer.data).toEqual({ answer: { __typename: 'Unavailable' } });
    expect(tookMs).toBeLessThan(AWAY_ANSWER_MS);
  }
  const queries = await Promise.all(tableQueries.map((query) => timedAsk(url, query)));
  for (const { answer, tookMs } of queries) {
    expect(answer).toMatchObject({
      data: { answer: null },
      errors: [{ extensions: { code: 'UNAVAILABLE' } }],
    });
    expect(tookMs).toBeLessThan(AWAY_ANSWER_MS);
  }
  const { answer } = await timedAsk(url, '{ models { nodes { key } } tenantPolicy { version } }');
  expect(answer.errors).toBeUndefined();
}

/** Resolves when calls go to the database directly again. */
async function backInOrder(url: string, calls: SeenCall[]): Promise<void> {
  const lastSeq = async () => {
    const call = await routeOnce(url);
    calls.push(call);
    return call.auditSeq;
  };
  await expect.poll(lastSeq, { timeout: 30_000 }).not.toBeNull();
}

const outages = [
  {
    name: 'killed',
    begin: (postgres: PrivatePostgres) => postgres.kill(),
    end: (postgres: PrivatePostgres) => postgres.start(),
  },
  {
    name: 'paused',
    begin: async (postgres: PrivatePostgres) => postgres.pause(),
    end: async (postgres: PrivatePostgres) => postgres.resume(),
  },
];

describe.skipIf(!hasPostgresBinaries())('Postgres', () => {
  it.each(outages)(
    '$name under load: every call is answered in time, and recorded once and in order',
    async ({ begin, end }) => {
      const postgres = await startPostgres();
      const provider = await startProvider();
      await using server = await startServer({ DATABASE_URL: postgres.url });
      await addHttpModel(server, { slug: 'scripted', baseUrl: provider.baseUrl });
      const load = startLoad(server.url, IN_FLIGHT);
      await load.more(10 * IN_FLIGHT);
      const normalMs = Math.max(...load.calls.slice(IN_FLIGHT).map(({ tookMs }) => tookMs));

      for (let outage = 0; outage < 2; outage += 1) {
        const before = load.calls.length;
        await begin(postgres);
        await load.more(3 * IN_FLIGHT);
        await expectAway(server.url);
        await load.more(3 * IN_FLIGHT);
        expect(load.calls.at(-1)).toMatchObject({ auditSeq: null, degraded: ['DATABASE'] });
        await end(postgres);
        await expect.poll(() => load.calls.at(-1)?.auditSeq, { timeout: 30_000 }).not.toBeNull();
        const slowest = Math.max(...load.calls.slice(before).map(({ tookMs }) => tookMs));
        expect(slowest).toBeLessThan(normalMs + LONGER_MS + TOLERANCE_MS);
      }
      await load.stop();
      await expectRecorded(server.url, load.calls);
    },
  );

  it('away when the server is killed: its next start brings back what was answered', async () => {
    const postgres = await startPostgres();
    const provider = await startProvider();
    const dataDir = await createDataDir('empty');
    onTestFinished(() => dataDir[Symbol.asyncDispose]());
    const environment = { DATABASE_URL: postgres.url, SWITCHYARD_DATA_DIR: dataDir.path };
    const calls: SeenCall[] = [];
    {
      await using server = startServerProcess(environment);
      const url = await server.url();
      const ask = (query: string, variables?: object) => send(url, adminKey, query, variables);
      await addHttpModel({ ask }, { slug: 'scripted', baseUrl: provider.baseUrl });
      calls.push(await routeOnce(url));
      postgres.pause();
      calls.push(...(await Promise.all(Array.from({ length: IN_FLIGHT }, () => routeOnce(url)))));
      calls.push(await routeOnce(url));
      server.signal('SIGKILL');
      await server.ended;
      postgres.resume();
    }
    expect(calls.slice(1).every(({ auditSeq }) => auditSeq === null)).toBe(true);
    await using server = startServerProcess(environment);
    const url = await server.url();
    await backInOrder(url, calls);
    await expectRecorded(url, calls);
  });
});
