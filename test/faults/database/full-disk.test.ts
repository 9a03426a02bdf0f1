import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { SPOOL_SIZES } from '../../../src/audit/spool.service.ts';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { canMountDisks, mountDisk } from '../../support/disks/small-disk.ts';
import { addModel } from '../../support/graphql/admin.ts';
import type { Asked } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { startServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';
import { expectRecorded } from '../traffic/comparison.ts';
import { backInOrder, routeOnce, type SeenCall } from '../traffic/outage-load.ts';
import { readRecords } from '../traffic/records.ts';

vi.setConfig({ testTimeout: 120_000 });

/** What the spool takes when nothing waits in it. */
const EMPTY_SPOOL_BYTES = SPOOL_SIZES.reserveBytes + SPOOL_SIZES.growthBytes;

/** A small disk for the data directory, a database elsewhere, and a provider that answers. */
async function prepare() {
  const disk = await mountDisk(16);
  onTestFinished(() => disk[Symbol.asyncDispose]());
  const database = await createPostgresDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const provider = await startScriptedProvider({ record: false });
  onTestFinished(() => provider[Symbol.asyncDispose]());
  const environment = {
    DATABASE_URL: database.url,
    SWITCHYARD_DATA_DIR: join(disk.path, 'data'),
  };
  const spoolBytes = () => statSync(join(disk.path, 'data', 'spool', 'records')).size;
  return { disk, database, provider, environment, spoolBytes };
}

const call = (server: Asked) => route(server, { models: ['scripted/*'] });

const statusOf = async ({ url }: Asked) => (await fetch(`${url}/readyz`)).status;

describe.skipIf(inject('postgres') === null || !canMountDisks)('a data disk that is full', () => {
  it('keeps no server from starting whose database is elsewhere: what waited in the spool leaves it, and gives its room back', async () => {
    const { disk, database, provider, environment, spoolBytes } = await prepare();
    const calls: SeenCall[] = [];
    {
      await using server = startServerProcess(environment);
      const url = await server.url();
      await addModel({ url }, 'scripted', provider);
      calls.push(await routeOnce(url));
      await database.allowConnections(false);
      while (spoolBytes() <= EMPTY_SPOOL_BYTES + 100) {
        calls.push(...(await Promise.all(Array.from({ length: 20 }, () => routeOnce(url)))));
      }
      server.signal('SIGKILL');
      await server.ended;
    }
    await database.allowConnections(true);
    disk.fill();
    expect(disk.freeBytes()).toBe(0);
    await using server = startServerProcess(environment);
    const url = await server.url();
    await backInOrder(url, calls);
    expectRecorded(await readRecords(url), calls);
    await until(() => spoolBytes() <= EMPTY_SPOOL_BYTES + 100);
  });

  it('amid running changes nothing while the database is there; without it calls end that have begun, and others are refused unsent', async () => {
    const { disk, database, provider, environment } = await prepare();
    await using server = await startServer(environment);
    await addModel(server, 'scripted', provider);
    disk.fill();
    for (let made = 0; made < 5; made += 1) {
      expect(await call(server)).toMatchObject({ __typename: 'RouteSuccess', degraded: [] });
    }
    provider.next({ delayMs: 2_000 });
    const arrived = provider.arrival(provider.received + 1);
    const begun = call(server);
    await arrived;
    await database.allowConnections(false);
    expect(await begun).toMatchObject({ __typename: 'RouteSuccess', degraded: ['DATABASE'] });

    // Room that is neither used nor reserved is used first.
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => call(server)));
      return answers.every(({ __typename }) => __typename === 'Unavailable');
    });
    const sent = provider.received;
    expect(await call(server)).toMatchObject({ __typename: 'Unavailable' });
    expect(await statusOf(server)).toBe(503);
    expect(provider.received).toBe(sent);

    disk.free();
    await until(async () => (await call(server)).__typename === 'RouteSuccess');
    expect(await statusOf(server)).toBe(200);
    await database.allowConnections(true);
    await until(async () => (await call(server)).degraded?.length === 0);
    const { decisions, verification } = await readRecords(server.url);
    expect(verification.ok).toBe(true);
    expect(decisions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
    expect(decisions).toHaveLength(provider.received);
  });

  it('that was full before the first start has no spool: no call is made whose beginning the database does not have', async () => {
    const { disk, database, provider, environment } = await prepare();
    disk.fill();
    await using server = await startServer(environment);
    await addModel(server, 'scripted', provider);
    expect(await call(server)).toMatchObject({ __typename: 'RouteSuccess', degraded: [] });
    const sent = provider.received;
    await database.allowConnections(false);
    for (let made = 0; made < 3; made += 1) {
      expect(await call(server)).toMatchObject({ __typename: 'Unavailable' });
    }
    expect(provider.received).toBe(sent);
    await database.allowConnections(true);
    await until(async () => (await call(server)).__typename === 'RouteSuccess');
    disk.free();
    await until(async () => {
      await call(server);
      return disk.freeBytes() < 16 * 2 ** 20 - EMPTY_SPOOL_BYTES;
    });
  });
});
