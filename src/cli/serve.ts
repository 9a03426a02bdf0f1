import { createApp } from '../app.ts';
import { parseEnv } from '../config/parse-env.ts';
import { createPinoLog } from '../system/log.pino.ts';
import { StartError } from '../system/start-error.ts';
import type { ProcessContext } from './process-context.ts';

/** Serves until the process is told to stop. Returns the exit code. */
export async function serve({ env, id, isTerminal, stopped }: ProcessContext): Promise<number> {
  const parsed = parseEnv(env);
  if ('problems' in parsed) {
    console.error('The environment is not sound; nothing was started.');
    for (const problem of parsed.problems) console.error(`- ${problem}`);
    return 2;
  }
  const { config } = parsed;
  const log = createPinoLog(config.log.level, isTerminal);
  try {
    await using app = await createApp(config, env, { log, processId: id });
    if (app.newAdminKey !== null) announceKey(app.newAdminKey);
    log.info(`Switchyard serves GraphQL at ${app.url}/graphql`);
    const signal = await stopped;
    log.info('Stopping: no new calls; those under way may finish.', { signal });
  } catch (err) {
    if (err instanceof StartError) log.error(`Switchyard cannot start. ${err.message}`);
    else log.error('Switchyard could not start or stop cleanly.', { err });
    return 1;
  }
  log.info('Stopped.');
  return 0;
}

/** On its own and not in the log, which is often collected and kept. */
function announceKey(key: string): void {
  console.log(`\n  Admin API key (shown this once):\n\n    ${key}\n`);
}
