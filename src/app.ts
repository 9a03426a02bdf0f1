import { join } from 'node:path';
import { createAuditService } from './audit/audit.service.ts';
import { openSetAside, SET_ASIDE_SIZES, type SetAside } from './audit/set-aside.service.ts';
import { openSpoolFile } from './audit/spool-file.node.ts';
import { openSpool } from './audit/spool.service.ts';
import type { Spool } from './audit/spool.ts';
import { createBreakers, type Breakers } from './breakers/breaker.service.ts';
import { startTransitionSweeper } from './breakers/transitions/transition-sweeper.service.ts';
import { createBreakerChanges } from './breakers/breaker-changes.service.ts';
import { createTransitionFeed } from './breakers/transitions/transition-feed.service.ts';
import { createCalls } from './calls/calls.service.ts';
import type { CatalogView } from './catalog/catalog-view.ts';
import { createCatalogService, type CatalogService } from './catalog/catalog.service.ts';
import { readCredentials } from './catalog/credentials.node.ts';
import { readSourceDocument } from './catalog/source-document.node.ts';
import type { Config, Environment } from './config/config.ts';
import type { Bus } from './events/bus.ts';
import { createMemoryBus } from './events/bus.memory.ts';
import { createRedisBus } from './events/bus.redis.ts';
import { openRedisLink, type RedisLink } from './fleet/link.redis.ts';
import type { LiveServices, Services } from './graphql/context.ts';
import { createLiveStreams } from './events/live-streams.service.ts';
import { schema } from './graphql/schema.ts';
import { createCheckFeed } from './health/check-feed.service.ts';
import { createLimits } from './limits/limits.service.ts';
import { createPolicyChanges } from './policies/policy-changes.service.ts';
import { createPolicyService, type PolicyService } from './policies/policy.service.ts';
import { createProviderFactory } from './providers/provider-factory.service.ts';
import { createDecisionFeed } from './routing/record/decision-feed.service.ts';
import { createPolicySimulations } from './routing/simulate/simulate.service.ts';
import { createRouting } from './routing/routing.service.ts';
import { openEdge } from './server/edge.ts';
import { createReadiness } from './server/readiness.ts';
import type { Database } from './storage/database.ts';
import { prepareDataDir } from './storage/data-dir.ts';
import { installationName } from './storage/installation.store.ts';
import { openDatabase } from './storage/open-database.ts';
import { nodeClock } from './system/clock.node.ts';
import type { Clock } from './system/clock.ts';
import { nodeSha256 as sha256 } from './system/digest.node.ts';
import { InvalidInputError } from './system/expected-error.ts';
import { createPinoLog } from './system/log.pino.ts';
import type { Log } from './system/log.ts';
import { createNodeRandom } from './system/random.node.ts';
import type { Random } from './system/random.ts';
import { StartError } from './system/start-error.ts';
import { nodeTimers } from './system/timers.node.ts';
import type { Timers } from './system/timers.ts';
import { createAdminKeyFile } from './tenants/admin-key-file.node.ts';
import { createApiKeyService } from './tenants/api-key.service.ts';
import { createLastUsed } from './tenants/last-used.service.ts';
import { bootstrap, provideAdminKey } from './tenants/bootstrap.service.ts';
import { nodeSameBytes as sameBytes } from './tenants/same-bytes.node.ts';
import { createTenantService } from './tenants/tenant.service.ts';

/** A running instance. Disposing of it stops accepting, finishes what is in flight, and lets everything go. */
export interface App extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly services: Services;
}

/** What takes the place of the real thing, or is known to the process alone; settled before anything is built. */
export interface Overrides {
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: Random;
  readonly log?: Log;
  /** Named to those who find the data directory in use. */
  readonly processId?: number;
  /** Shows the operator an admin key that is about to exist. Without it none is generated, because nobody would know it. */
  readonly showAdminKey?: (text: string) => void;
}

/** The outside world as everything below is given it. */
interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
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
  const { processId } = overrides;
  const url = secrets.databaseUrl ?? undefined;
  await prepareDataDir(dataDir, url === undefined);
  const database = stack.use(await openDatabase({ url, dataDir, log: world.log, processId }));
  const file = stack.use(await openSpoolFile(join(dataDir, 'spool'), processId));
  const spool = stack.use(await openSpool({ ...world, sha256, file }));
  const asideFile = stack.use(await openSpoolFile(join(dataDir, 'set-aside'), processId));
  const asideOptions = { ...world, sha256, file: asideFile, sizes: SET_ASIDE_SIZES };
  const aside = await openSetAside(stack.use(await openSpool(asideOptions)), sha256);
  const link = stack.use(await openLink(config, database, world));
  const bus = stack.use(await openBus(link, world));
  const bootstrapping = { ...world, database, bus, sha256, configuredKey: secrets.adminKey };
  await bootstrap(bootstrapping);
  const services = await createServices(config, environment, {
    ...{ ...world, database, spool, aside, link, bus, stack },
  });
  const listening = stack.use(
    await openEdge({
      ...config.http,
      ...world,
      schema,
      services,
      readiness: createReadiness(services.route.canRecord, services.route.recordsSetAside),
      authenticate: (key) => services.apiKeys.authenticate(key),
      async endSubscriptions() {
        await Promise.all([services.liveStreams.endAll(), services.routeStream.endAll()]);
      },
    }),
  );
  const { showAdminKey: show } = overrides;
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

function worldOf(config: Config, overrides: Overrides): World {
  const clock = overrides.clock ?? nodeClock;
  return {
    clock,
    timers: overrides.timers ?? nodeTimers,
    random: overrides.random ?? createNodeRandom(() => clock.now()),
    log: overrides.log ?? createPinoLog(config.log.level, false),
  };
}

/** What is between this instance and others; null: nothing is. */
async function openLink(
  { secrets: { redisUrl: url }, redisPrefix: prefix }: Config,
  { prisma }: Database,
  world: World,
): Promise<RedisLink | null> {
  if (url === null) return null;
  return openRedisLink({ ...world, url, prefix, installation: await installationName(prisma) });
}

async function openBus(link: RedisLink | null, world: World): Promise<Bus> {
  return link === null ? createMemoryBus(world.log) : createRedisBus({ ...world, link });
}

/** What every capability stands on. What is made ends with the stack, the last first. */
interface Ground extends World {
  readonly database: Database;
  readonly spool: Spool;
  readonly aside: SetAside;
  readonly link: RedisLink | null;
  readonly bus: Bus;
  readonly stack: AsyncDisposableStack;
}

async function createServices(config: Config, environment: Environment, ground: Ground): Promise<Services> {
  const { database, stack } = ground;
  const parts = { ...ground, sha256 };
  const credentials = readCredentials(environment, config.credentialsDir);
  const catalog = stack.use(await createCatalogService({ ...parts, credentials }));
  await applyCatalog(catalog, config.catalogPath);
  const policies = stack.use(await createPolicyService(parts));
  const lastUsed = stack.use(createLastUsed(database.prisma, ground.timers, ground.log));
  const apiKeys = stack.use(await createApiKeyService({ ...parts, sameBytes, lastUsed }));
  const tenants = createTenantService({ ...parts, policies, apiKeys });
  const audit = createAuditService(database, sha256);
  const simulations = createPolicySimulations({ database, policies });
  const view = () => catalog.view();
  const breakers = stack.use(
    await createBreakers({ ...parts, catalog: view, rule: config.breakers, hasProber: () => false }),
  );
  const { quota, providerLimits } = stack.use(
    await createLimits({ ...parts, catalog: view, quotaOf: (keyId) => apiKeys.liveKey(keyId) }),
  );
  const providers = stack.use(createProviderFactory(ground));
  const { attemptTimeoutMs: attemptBaseMs, firstTokenTimeoutMs, stallTimeoutMs } = config;
  const guards = { breakers, limits: providerLimits };
  const calls = stack.use(createCalls({ ...parts, catalog: view, ...guards, providers, attemptBaseMs }));
  const times = { attemptBaseMs, firstTokenTimeoutMs, stallTimeoutMs };
  const { planner, route, routeStream } = stack.use(
    await createRouting({ ...parts, catalog: view, policies, ...guards, quota, calls, ...times }),
  );
  stack.use(startTransitionSweeper({ ...ground, db: database.prisma }));
  const live = createLiveServices({ ...parts, catalog: view, policies, breakers });
  const offered = {
    database,
    tenants,
    apiKeys,
    policies,
    catalog,
    audit,
    simulations,
    breakers,
    providerLimits,
  };
  return { ...offered, planner, route, routeStream, ...live };
}

type LiveParts = Ground & {
  readonly breakers: Breakers;
  readonly policies: PolicyService;
  readonly catalog: () => CatalogView;
};

/** What subscriptions follow; the streams end before what they are made of. */
function createLiveServices(parts: LiveParts): LiveServices {
  const { stack } = parts;
  const db = parts.database.prisma;
  return {
    transitionFeed: stack.use(createTransitionFeed({ ...parts, db })),
    breakerChanges: stack.use(createBreakerChanges(parts)),
    decisionFeed: stack.use(createDecisionFeed({ ...parts, db })),
    policyChanges: stack.use(createPolicyChanges(parts)),
    checkFeed: stack.use(createCheckFeed({ ...parts, db })),
    liveStreams: stack.use(createLiveStreams(parts)),
  };
}

async function applyCatalog(catalog: CatalogService, path: string | null): Promise<void> {
  try {
    await catalog.applySource(readSourceDocument(path));
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new StartError(`The catalog is not sound: ${cause.message}.`, { cause });
  }
}
