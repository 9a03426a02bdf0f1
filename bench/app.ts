import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../src/app.ts';
import { parseEnv } from '../src/config/parse-env.ts';

/** The admin key of every instance that a benchmark starts in its own process. */
export const adminKey = 'swy_bench_admin-key-of-the-bench';

/** All load of a benchmark comes from one address and with one key: more than one caller should be let do. */
const generous = Object.fromEntries(
  [
    'SWITCHYARD_MAX_CONNECTIONS_PER_ADDRESS',
    'SWITCHYARD_MAX_SOCKETS_PER_KEY',
    'SWITCHYARD_MAX_SUBSCRIPTIONS_PER_KEY',
    'SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY',
    'SWITCHYARD_REQUESTS_PER_MINUTE_PER_ADDRESS',
    'SWITCHYARD_SUBSCRIPTIONS_PER_MINUTE_PER_KEY',
    'SWITCHYARD_MUTATIONS_PER_MINUTE_PER_KEY',
  ].map((name) => [name, '1000000']),
);

/** Starts an instance in this process, with files of its own; it is gone with the stack. */
export async function startApp(
  environment: Record<string, string>,
  stack: AsyncDisposableStack,
): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const own = { PORT: '0', SWITCHYARD_LOG_LEVEL: 'error', SWITCHYARD_ADMIN_KEY: adminKey };
  const env = { ...own, ...generous, SWITCHYARD_DATA_DIR: dataDir, ...environment };
  const parsed = parseEnv(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return stack.use(await createApp(parsed.config, env));
}
