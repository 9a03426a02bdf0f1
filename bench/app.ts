import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../src/app.ts';
import { parseEnv } from '../src/config/parse-env.ts';

/** The admin key of every instance that a benchmark starts in its own process. */
export const adminKey = 'swy_bench_admin-key-of-the-bench';

/** Starts an instance in this process, with files of its own; it is gone with the stack. */
export async function startApp(
  environment: Record<string, string>,
  stack: AsyncDisposableStack,
): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const own = { PORT: '0', SWITCHYARD_LOG_LEVEL: 'warn', SWITCHYARD_ADMIN_KEY: adminKey };
  const env = { ...own, SWITCHYARD_DATA_DIR: dataDir, ...environment };
  const parsed = parseEnv(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return stack.use(await createApp(parsed.config, env));
}
