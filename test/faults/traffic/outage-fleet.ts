import { createKeptLog, type KeptLog } from '../../support/logs/kept-log.ts';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { addModel, admits, createTenant, issueKey, previewOf } from '../../support/graphql/admin.ts';
import { until } from '../../support/time/until.ts';
import { createOwnRedis, type OwnRedis } from '../../support/redis/own-redis.ts';
import { startPrivatePostgres, type PrivatePostgres } from '../../support/databases/private-postgres.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { adminKey } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { compareTraffic, type Comparison } from './comparison.ts';
import { backInOrder, routeOnce, startLoad, type Load, type SeenCall } from './outage-load.ts';

/** Two instances under load, on a Postgres and a Redis that may go away. */
export interface OutageFleet extends AsyncDisposable {
  readonly postgres: PrivatePostgres;
  readonly redis: OwnRedis;
  readonly servers: readonly TestServer[];
  /** What each of them has logged. */
  readonly logs: readonly KeptLog[];
  /** Every load: each instance has one for the tenant that they share and one for a tenant of its own. */
  readonly loads: readonly Load[];
  /** Resolves when every load has made so many more calls that began after now. */
  more(count: number): Promise<void>;
  /** Makes a call of the shared tenant with an idempotency key. */
  routeKeyed(server: TestServer, idempotencyKey: string): Promise<void>;
  /** Ends the loads; resolves when both instances record in the database itself. */
  stop(): Promise<void>;
  /** Compares all that was seen with all that is recorded. Returns how much that was, whether it is right or not. */
  compare(): Promise<Comparison>;
}

/** Starts it, warm: every instance has the catalog and every key. */
export async function startOutageFleet(inFlight: number): Promise<OutageFleet> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPrivatePostgres());
  const redis = stack.use(await createOwnRedis());
  const provider = stack.use(await startScriptedProvider({ record: false }));
  provider.always({ delayMs: 30 });

  const logs: KeptLog[] = [];
  async function start(): Promise<TestServer> {
    const { path } = stack.use(await createDataDir('empty'));
    const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, SWITCHYARD_DATA_DIR: path };
    const log = createKeptLog();
    logs.push(log);
    return stack.use(await startServer(environment, { log }));
  }
  const servers = [await start(), await start()];
  await addModel(servers[0]!, 'scripted', provider);
  for (const server of servers) {
    await until(async () => (await previewOf(server)).providers.includes('scripted'));
  }

  const tenants = await Promise.all(
    servers.map(async (server, index) => {
      const { id: tenantId } = await createTenant(server, `own-${index}`);
      const { text: key } = await issueKey(server, { tenantId });
      await until(() => admits(server, key));
      return { tenantId, key, url: server.url };
    }),
  );

  const shared = servers.map(({ url }) => startLoad(url, inFlight));
  const own = tenants.map(({ tenantId, key, url }) => ({ tenantId, load: startLoad(url, inFlight, key) }));
  const loads = [...shared, ...own.map(({ load }) => load)];
  const stopLoads = () => Promise.all(loads.map((load) => load.stop()));
  stack.defer(async () => void (await stopLoads()));
  const alone: SeenCall[] = [];
  const owned = stack.move();
  return {
    ...{ postgres, redis, servers, logs, loads },
    more: async (count) => void (await Promise.all(loads.map((load) => load.more(count)))),
    routeKeyed: async ({ url }, key) => void alone.push(await routeOnce(url, adminKey, key)),
    async stop() {
      await stopLoads();
      for (const { url } of servers) await backInOrder(url, alone);
    },
    compare: () =>
      compareTraffic(servers[0]!.url, [
        { callers: [...shared, { calls: alone, failures: [] }] },
        ...own.map(({ tenantId, load }) => ({ tenantId, callers: [load] })),
      ]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
