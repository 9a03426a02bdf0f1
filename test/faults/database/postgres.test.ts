import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import {
  hasPostgresBinaries,
  startPrivatePostgres,
  type PrivatePostgres,
} from '../../support/databases/private-postgres.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { startServer } from '../../support/servers/server.ts';
import { expectAway, LONGER_MS, TOLERANCE_MS } from '../traffic/away.ts';
import { expectRecorded } from '../traffic/comparison.ts';
import { backInOrder, routeOnce, slowestMs, startLoad, type SeenCall } from '../traffic/outage-load.ts';
import { readRecords } from '../traffic/records.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const IN_FLIGHT = 16;

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
      await addModel(server, 'scripted', provider);
      const load = startLoad(server.url, IN_FLIGHT);
      await load.more(10 * IN_FLIGHT);
      const normalMs = slowestMs(load.calls.slice(IN_FLIGHT));

      for (let outage = 0; outage < 2; outage += 1) {
        const before = load.calls.length;
        await begin(postgres);
        await load.more(3 * IN_FLIGHT);
        await expectAway(server.url);
        await load.more(3 * IN_FLIGHT);
        expect(load.calls.at(-1)).toMatchObject({ auditSeq: null, degraded: ['DATABASE'] });
        await end(postgres);
        await expect.poll(() => load.calls.at(-1)?.auditSeq, { timeout: 30_000 }).not.toBeNull();
        expect(slowestMs(load.calls.slice(before))).toBeLessThan(normalMs + LONGER_MS + TOLERANCE_MS);
      }
      await load.stop();
      expect(load.failures).toEqual([]);
      expectRecorded(await readRecords(server.url), load.calls);
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
      await addModel({ url }, 'scripted', provider);
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
    expectRecorded(await readRecords(url), calls);
  });
});
