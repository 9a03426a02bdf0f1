import { describe, expect, inject, it, vi } from 'vitest';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import {
  breakerOf,
  onceAt,
  transitionsOf,
  untilProbeDue,
  untilShown,
} from '../../support/graphql/breakers.ts';
import { prepareFleet, type Fleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { hasPostgresBinaries, startPrivatePostgres } from '../../support/databases/private-postgres.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { startLoad, type Load } from '../traffic/outage-load.ts';

vi.setConfig({ testTimeout: 90_000 });

const IN_FLIGHT = 4;

/** Long enough for every instance to be back before it is over, on a machine that is busy otherwise. */
const COOL_OFF_MS = 10_000;

/** Two instances under load that prefer a provider which is about to fail to one that will not. */
interface Stage extends AsyncDisposable {
  readonly servers: readonly TestServer[];
  readonly bad: ScriptedProvider;
  /** Resolves when so many calls that began after now have succeeded, on each instance. */
  more(count: number): Promise<void>;
  /** Ends the load, of which no call may have failed. */
  stop(): Promise<void>;
}

async function prepareStage(fleet: Fleet): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const bad = stack.use(await startScriptedProvider({ record: false }));
  const spare = stack.use(await startScriptedProvider({ record: false }));
  for (const provider of [bad, spare]) provider.always({ delayMs: 20 });
  const servers = [await fleet.start(), await fleet.start()];
  const [one, other] = servers as [TestServer, TestServer];
  await addModel(one, 'bad', bad, PREFERRED);
  await addModel(one, 'spare', spare, SPARE);
  await untilKnown(other, 'spare');
  const loads: Load[] = servers.map(({ url }) => startLoad(url, IN_FLIGHT));
  const more = async (count: number) => void (await Promise.all(loads.map((load) => load.more(count))));
  const stop = async () => void (await Promise.all(loads.map((load) => load.stop())));
  stack.defer(() => stop().catch(() => {}));
  await more(10);
  const owned = stack.move();
  return { servers, bad, more, stop, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The provider recovers: one probe after the cool-off, and every instance calls it again. */
async function expectRecovery({ servers, bad, stop }: Stage): Promise<void> {
  bad.always({ delayMs: 20 });
  for (const server of servers) await untilShown(server, 'bad', { state: 'CLOSED' });
  const received = bad.received;
  // A model that has recovered is given its calls bit by bit.
  await expect.poll(() => bad.received, { timeout: 20_000 }).toBeGreaterThan(received);
  await stop();
  const [one, other] = servers as [TestServer, TestServer];
  const { generation } = await breakerOf(one, 'bad');
  await untilShown(other, 'bad', { state: 'CLOSED', generation });
}

describe.skipIf(inject('postgres') === null || !canStartRedis)('Redis killed under load', () => {
  it('while one of two providers is down: no call fails, and the breaker opens once for all instances', async () => {
    await using fleet = await prepareFleet({ rule: { coolOffMs: COOL_OFF_MS } });
    await using stage = await prepareStage(fleet);
    const { servers, bad, more } = stage;
    await fleet.redis!.kill();
    bad.always({ status: 500 });
    for (const server of servers) await untilShown(server, 'bad', { state: 'OPEN', generation: 1 });
    // What was on its way when it opened.
    await more(0);
    const received = bad.received;
    await more(10);
    expect(bad.received).toBe(received);
    await fleet.redis!.start();
    await more(10);
    expect(await transitionsOf(servers[0]!, 'bad')).toEqual(['CLOSED → OPEN']);
    await expectRecovery(stage);
    expect((await transitionsOf(servers[0]!, 'bad')).slice(0, 2)).toEqual([
      'CLOSED → OPEN',
      'OPEN → HALF_OPEN',
    ]);
  });
});

describe.skipIf(!hasPostgresBinaries() || !canStartRedis)('Postgres killed under load', () => {
  it('while one of two providers is down: no call fails, each instance opens alone, and the fleet agrees afterwards', async () => {
    await using postgres = await startPrivatePostgres();
    await using fleet = await prepareFleet({ rule: { coolOffMs: COOL_OFF_MS }, databaseUrl: postgres.url });
    await using stage = await prepareStage(fleet);
    const { servers, bad, more } = stage;
    await postgres.kill();
    bad.always({ status: 500 });
    for (const server of servers) await untilShown(server, 'bad', { state: 'OPEN' });
    await more(0);
    const received = bad.received;
    await more(10);
    expect(bad.received).toBe(received);

    await postgres.start();
    const [one] = servers as [TestServer];
    await expect.poll(() => storedStates(one), { timeout: 20_000 }).toEqual(['OPEN 1']);
    for (const server of servers)
      await untilShown(server, 'bad', { state: 'OPEN', generation: 1, tripCount: 1 });
    expect(bad.received).toBe(received);
    expect(await transitionsOf(one, 'bad')).toEqual(['CLOSED → OPEN']);
    await expectRecovery(stage);
  });

  it('the stricter wins: what one instance has opened alone is open for all when Postgres is back', async () => {
    await using postgres = await startPrivatePostgres();
    await using bad = await startScriptedProvider();
    const rule = { threshold: 2, coolOffMs: 30_000 };
    await using fleet = await prepareFleet({ rule, databaseUrl: postgres.url });
    const [one, other] = [await fleet.start(), await fleet.start()];
    await addModel(one, 'bad', bad);
    await untilKnown(other, 'bad');
    await postgres.kill();
    bad.next({ status: 500 }, { status: 500 });
    await route(one, onceAt('bad'));
    await route(one, onceAt('bad'));
    await untilShown(one, 'bad', { state: 'OPEN' });
    expect(await route(other, onceAt('bad'))).toMatchObject({ __typename: 'RouteSuccess' });

    await postgres.start();
    await untilShown(other, 'bad', { state: 'OPEN', generation: 1 });
    await untilShown(one, 'bad', { state: 'OPEN', generation: 1 });
    const { retryAfterMs } = await breakerOf(other, 'bad');
    expect(retryAfterMs).toBeLessThan(30_000);
    expect(await transitionsOf(one, 'bad')).toEqual(['CLOSED → OPEN']);
  });

  it('one instance sends one probe at a time while Postgres is away', async () => {
    await using postgres = await startPrivatePostgres();
    await using bad = await startScriptedProvider();
    await using spare = await startScriptedProvider();
    const rule = { threshold: 2, coolOffMs: 2_000 };
    await using fleet = await prepareFleet({ rule, databaseUrl: postgres.url, redis: false });
    const server = await fleet.start();
    await addModel(server, 'bad', bad, PREFERRED);
    await addModel(server, 'spare', spare, SPARE);
    await postgres.kill();
    bad.next({ status: 500 }, { status: 500 });
    await route(server, onceAt('bad'));
    await route(server, onceAt('bad'));
    await untilShown(server, 'bad', { state: 'OPEN' });
    await untilProbeDue(server, 'bad');
    const gate = Promise.withResolvers<void>();
    bad.always({ until: gate.promise });
    const models = ['bad/model', 'spare/model'];
    const servedBy: string[] = [];
    const calls = Array.from({ length: 20 }, () => route(server, { models })).map(
      async (call) => void servedBy.push((await call).completion!.model.key),
    );
    await expect.poll(() => servedBy.length, { timeout: 20_000 }).toBe(19);
    expect(bad.received).toBe(3);
    gate.resolve();
    await Promise.all(calls);
    await untilShown(server, 'bad', { state: 'CLOSED' });
    await postgres.start();
    await expect.poll(() => storedStates(server), { timeout: 20_000 }).toEqual([]);
    await untilShown(server, 'bad', { state: 'CLOSED' });
  });
});

/** What Postgres keeps of breakers: `OPEN 1`, state and generation. */
async function storedStates({ app }: TestServer): Promise<string[]> {
  const rows = await app.services.database.prisma.circuitBreaker.findMany().catch(() => null);
  return rows?.map(({ state, generation }) => `${state} ${generation}`) ?? ['away'];
}
