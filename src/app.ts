import { createAuditService } from './audit/audit.service.ts';
import { openAdmission } from './calls/admission.open.ts';
import { createGuardedCall } from './calls/guarded-call.service.ts';
import { createCatalogService, type CatalogService } from './catalog/catalog.service.ts';
import { readCredentials } from './catalog/credentials.node.ts';
import { readSourceDocument } from './catalog/source-document.node.ts';
import type { Config, Environment } from './config/config.ts';
import type { Services } from './graphql/context.ts';
import { schema } from './graphql/schema.ts';
import { createPolicyService } from './policies/policy.service.ts';
import { createProviderFactory } from './providers/provider-factory.service.ts';
import { createExecutor } from './routing/execute.service.ts';
import { unobserved } from './routing/plan-input.ts';
import { createPlanner } from './routing/planner.service.ts';
import { createRecorder } from './routing/record.service.ts';
import { createRouteService, type RouteService } from './routing/route.service.ts';
import type { Planner } from './routing/planner.service.ts';
import { startSweeper } from './routing/sweeper.service.ts';
import { createHttpServer } from './server/http.ts';
import { listen } from './server/listen.ts';
import { createGraphQLHandler } from './server/yoga.ts';
import type { Database } from './storage/database.ts';
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
import { bootstrap } from './tenants/bootstrap.service.ts';
import { nodeSameBytes as sameBytes } from './tenants/same-bytes.node.ts';
import { createTenantService } from './tenants/tenant.service.ts';

/** A running instance. Disposing of it stops accepting, finishes what is in flight, and lets everything go. */
export interface App extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly services: Services;
  /** The admin key, when this start has made one: to be shown once. */
  readonly newAdminKey: string | null;
}

/** What takes the place of the real thing, or is known to the process alone; settled before anything is built. */
export interface Overrides {
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: Random;
  readonly log?: Log;
  /** Named to those who find the data directory in use. */
  readonly processId?: number;
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
  const clock = overrides.clock ?? nodeClock;
  const world: World = {
    clock,
    timers: overrides.timers ?? nodeTimers,
    random: overrides.random ?? createNodeRandom(() => clock.now()),
    log: overrides.log ?? createPinoLog(config.log.level, false),
  };
  await using stack = new AsyncDisposableStack();
  const url = config.secrets.databaseUrl ?? undefined;
  const database = stack.use(
    await openDatabase({ url, dataDir: config.dataDir, log: world.log, processId: overrides.processId }),
  );
  const newAdminKey = await bootstrap({
    ...world,
    database,
    sha256,
    configuredKey: config.secrets.adminKey,
    keyFile: createAdminKeyFile(config.dataDir),
  });
  const services = await createServices(config, environment, { ...world, database, stack });
  const http = createHttpServer({
    graphql: createGraphQLHandler(schema, services, world.log),
    authenticate: (key) => services.apiKeys.authenticate(key),
    ready: () => true,
    log: world.log,
  });
  const listening = stack.use(await listen(http, config.http, world.timers));
  const owned = stack.move();
  return {
    url: listening.url,
    services,
    newAdminKey,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Ground extends World {
  readonly database: Database;
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
  const planner = createPlanner({
    ...parts,
    catalog: () => catalog.view(),
    policies,
    measuresOf: () => unobserved,
  });
  const route = createRouting(config, { ...ground, catalog, planner });
  return { database, tenants, apiKeys, policies, catalog, audit, planner, route };
}

async function applyCatalog(catalog: CatalogService, path: string | null): Promise<void> {
  try {
    await catalog.applySource(readSourceDocument(path));
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new StartError(`The catalog is not sound: ${cause.message}.`, { cause });
  }
}

function createRouting(
  config: Config,
  ground: Ground & { readonly catalog: Services['catalog']; readonly planner: Planner },
): RouteService {
  const { stack, catalog, planner } = ground;
  const parts = { ...ground, sha256 };
  const recorder = createRecorder(parts);
  stack.defer(() => recorder.drain());
  stack.use(startSweeper(parts));
  const executor = createExecutor({
    ...ground,
    guardedCall: createGuardedCall({ ...ground, admission: openAdmission }),
    providers: stack.use(createProviderFactory(ground)),
    attemptBaseMs: config.attemptTimeoutMs,
  });
  return createRouteService({ ...parts, planner, executor, recorder, catalog: () => catalog.view() });
}
