import { createAuditService } from './audit/audit.service.ts';
import { createChainWatch } from './audit/chain-watch.service.ts';
import { startTransitionSweeper } from './breakers/transitions/transition-sweeper.service.ts';
import type { Config, Environment } from './config/config.ts';
import type { Bus } from './events/bus.ts';
import { createLosses } from './events/losses.service.ts';
import type { Services } from './graphql/context.ts';
import { schema } from './graphql/schema.ts';
import { createPolicyService } from './policies/policy.service.ts';
import { createPolicySimulations } from './routing/simulate/simulate.service.ts';
import { createRouting } from './routing/routing.service.ts';
import { createEdges } from './edges/edges.http.ts';
import { openEdge } from './server/edge.ts';
import { createReadiness, type Readiness } from './server/readiness.ts';
import type { Database } from './storage/database.ts';
import { prepareDataDir } from './storage/data-dir.ts';
import { openDatabase } from './storage/open-database.ts';
import { nodeSha256 as sha256 } from './system/digest.node.ts';
import { openTenancy } from './tenants/open-tenancy.service.ts';
import { createAdminKeyFile } from './tenants/admin-key-file.node.ts';
import { bootstrap, provideAdminKey } from './tenants/bootstrap.service.ts';
import { nodeSameBytes as sameBytes } from './tenants/same-bytes.node.ts';
import { openCatalog } from './compose/catalog.ts';
import {
  openBus,
  openLink,
  openRoom,
  worldOf,
  type Ground,
  type Overrides,
  type World,
} from './compose/ground.ts';
import { createLiveServices } from './compose/live.ts';
import { createProviding } from './compose/providing.ts';
import { openRecords } from './compose/records.ts';

/** A running instance. Disposing of it stops accepting, finishes what is in flight, and lets everything go. */
export interface App extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly services: Services;
}

/**
 * The composition root: builds an instance from its configuration and starts serving. `environment` is read for
 * provider credentials only. When a step fails, what was opened before it is closed again.
 */
export async function createApp(
  config: Config,
  environment: Environment,
  overrides: Overrides = {},
): Promise<App> {
  const world = worldOf(config, overrides);
  await using stack = new AsyncDisposableStack();
  const { dataDir, secrets } = config;
  const { processId, showAdminKey: show } = overrides;
  const url = secrets.databaseUrl ?? undefined;
  const ownerUrl = secrets.migrationDatabaseUrl ?? undefined;
  await prepareDataDir(dataDir, url === undefined);
  const database = stack.use(await openDatabase({ url, ownerUrl, dataDir, log: world.log, processId }));
  const { spool, aside } = stack.use(await openRecords(config, overrides, world));
  const link = stack.use(await openLink(config, database, world));
  const bus = stack.use(await openBus(link, world));
  const bootstrapping = { ...world, database, bus, sha256, configuredKey: secrets.adminKey };
  await bootstrap(bootstrapping);
  const { sockets, room } = openRoom(world.clock, overrides);
  const services = await createServices(config, environment, {
    ...{ ...world, database, spool, aside, link, bus, stack, sockets, room },
    losses: stack.use(createLosses(world)),
  });
  const listening = stack.use(
    await openEdge({
      ...{ ...config.http, ...world },
      ...{ sockets, schema, services, limits: config.edge, rates: services.rates },
      readiness: readinessOf(services, bus, database),
      api: edgesOf(services, world),
      ...services.callers,
      async endSubscriptions() {
        await Promise.all([services.liveStreams.endAll(), services.routeStream.endAll()]);
      },
    }),
  );
  if (show !== undefined) {
    await provideAdminKey(bootstrapping, { file: createAdminKeyFile(dataDir), show });
    await services.apiKeys.refresh();
  }
  const owned = stack.move();
  return {
    url: listening.url,
    services,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The APIs beside GraphQL. */
function edgesOf(services: Services, world: World) {
  return createEdges({ ...world, ...services, catalog: () => services.catalog.view() });
}

function readinessOf({ route }: Services, bus: Bus, { outage }: Database): Readiness {
  return createReadiness({
    canRecord: route.canRecord,
    recordsSetAside: route.recordsSetAside,
    degraded: () => [
      ...(bus.healthy() ? [] : (['REDIS'] as const)),
      ...(outage.isOn() ? (['DATABASE'] as const) : []),
    ],
  });
}

async function createServices(config: Config, environment: Environment, ground: Ground): Promise<Services> {
  const { database, stack } = ground;
  const parts = { ...ground, sha256 };
  const catalog = await openCatalog(config, environment, ground);
  const view = () => catalog.view();
  const policies = stack.use(await createPolicyService(parts));
  const { jwt } = config;
  const tenancy = stack.use(await openTenancy({ ...parts, sameBytes, policies, jwt }));
  const { tenants, apiKeys, callers } = tenancy;
  const audit = createAuditService(database, sha256);
  const simulations = createPolicySimulations({ policies });
  const providing = { ...parts, catalog: view, callers };
  const provided = await createProviding(config, providing);
  const { breakers, quota, rates, providerLimits, places, estimates, calls, health } = provided;
  const { replication } = provided;
  const { attemptTimeoutMs: attemptBaseMs, firstTokenTimeoutMs, stallTimeoutMs } = config;
  const times = { attemptBaseMs, firstTokenTimeoutMs, stallTimeoutMs };
  const chains = stack.use(createChainWatch(parts));
  const { planner, route, routeStream, vote } = stack.use(
    await createRouting({
      ...{ ...providing, policies, breakers, limits: providerLimits, places, estimates, quota, calls },
      ...{ ...times, chains, replication },
    }),
  );
  stack.use(startTransitionSweeper({ ...ground, db: database.prisma }));
  const live = createLiveServices({ ...parts, catalog: view, policies, breakers });
  const kept = { database, tenants, apiKeys, callers, policies, catalog, audit, simulations, quota, rates };
  return { ...kept, breakers, providerLimits, estimates, health, planner, route, routeStream, vote, ...live };
}
