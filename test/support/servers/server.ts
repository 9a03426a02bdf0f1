import { createApp, type App } from '../../../src/app.ts';
import type { Overrides } from '../../../src/compose/ground.ts';
import type { Environment } from '../../../src/config/config.ts';
import { parseEnv } from '../../../src/config/parse-env.ts';
import { createDataDir, createPostgresDatabase } from '../databases/fresh-databases.ts';
import { adminKey, ask, send, type Asked, type GraphQLAnswer } from '../graphql/client.ts';
import { silentLog } from '../logs/silent-log.ts';

/** A whole server on a port of its own, asked over real HTTP. */
export interface TestServer extends Asked, AsyncDisposable {
  readonly app: App;
  /** Sends an operation as the admin, or with another key. */
  ask(query: string, variables?: object, key?: string | null): Promise<GraphQLAnswer>;
  /** The one field of an operation that must succeed. */
  field<T>(field: string, query: string, variables?: object): Promise<T>;
}

/** Starts a server on the embedded database, or on a Postgres where one is given. */
export async function startServer(
  environment: Environment = {},
  overrides: Overrides = {},
): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  // A migrated directory is many megabytes: whoever brings a database of its own needs none.
  const content = environment['DATABASE_URL'] === undefined ? 'migrated' : 'empty';
  const dataDir = environment['SWITCHYARD_DATA_DIR'] ?? stack.use(await createDataDir(content)).path;
  const env = {
    PORT: '0',
    SWITCHYARD_ADMIN_KEY: adminKey,
    SWITCHYARD_DATA_DIR: dataDir,
    // Probes come when they like, and most tests count what a provider is asked.
    SWITCHYARD_PROBES: 'off',
    ...environment,
  };
  const parsed = parseEnv(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  const app = stack.use(await createApp(parsed.config, env, { log: silentLog, ...overrides }));
  const owned = stack.move();
  return {
    app,
    url: app.url,
    ask: (query, variables, key = adminKey) => send(app.url, key, query, variables),
    field: (field, query, variables) => ask(app, field, query, variables),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Starts a server on a fresh database of the real Postgres. */
export async function startPostgresServer(
  environment: Environment = {},
  overrides: Overrides = {},
): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createPostgresDatabase());
  const server = stack.use(await startServer({ DATABASE_URL: url, ...environment }, overrides));
  const owned = stack.move();
  return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
