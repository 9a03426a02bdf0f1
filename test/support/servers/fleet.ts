import type { Overrides } from '../../../src/compose/ground.ts';
import type { Environment } from '../../../src/config/config.ts';
import { createPostgresDatabase } from '../databases/fresh-databases.ts';
import { createOwnRedis, type OwnRedis } from '../redis/own-redis.ts';
import { startServer, type TestServer } from './server.ts';

/** The numbers of the breakers' rule, where a test needs others than the product's. */
export interface ScaledRule {
  readonly threshold?: number;
  readonly coolOffMs?: number;
}

/** Instances that share a Postgres, and a Redis of their own unless that was not wanted. */
export interface Fleet extends AsyncDisposable {
  /** Of every instance. */
  readonly environment: Environment;
  readonly redis: OwnRedis | null;
  /** Starts one more; it ends with the fleet, or before when it is disposed of. */
  start(overrides?: Overrides): Promise<TestServer>;
}

/** Prepares a fleet without an instance. `databaseUrl`: a Postgres of the test's own. */
export async function prepareFleet(options: {
  readonly rule?: ScaledRule;
  readonly redis?: boolean;
  readonly databaseUrl?: string;
}): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const url = options.databaseUrl ?? stack.use(await createPostgresDatabase()).url;
  const redis = options.redis === false ? null : stack.use(await createOwnRedis());
  const { threshold, coolOffMs } = options.rule ?? {};
  const environment = {
    DATABASE_URL: url,
    REDIS_URL: redis?.url,
    // Keys are tried until every instance knows them, many times a second.
    SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '100000',
    SWITCHYARD_BREAKER_THRESHOLD: threshold?.toString(),
    SWITCHYARD_BREAKER_COOL_OFF_MS: coolOffMs?.toString(),
  };
  const owned = stack.move();
  return {
    environment,
    redis,
    async start(overrides) {
      const server = await startServer(environment, overrides);
      let ended: PromiseLike<void> | undefined;
      const end = async () => await (ended ??= server[Symbol.asyncDispose]());
      owned.defer(end);
      return { ...server, [Symbol.asyncDispose]: end };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
