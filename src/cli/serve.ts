import { createApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { parseEnv } from '../config/parse-env.ts';
import { createPinoLog } from '../system/log.pino.ts';
import type { Log } from '../system/log.ts';
import { StartError } from '../system/start-error.ts';
import { nodeTimers } from '../system/timers.node.ts';
import type { ProcessContext } from './process-context.ts';

/** How long a start may go on that was told to stop, so that it ends in order. */
const LONGEST_START_MS = 5_000;

/** Serves until the process is told to stop. Returns the exit code. */
export async function serve(context: ProcessContext): Promise<number> {
  const parsed = parseEnv(context.env);
  if ('problems' in parsed) {
    console.error('The environment is not sound; nothing was started.');
    for (const problem of parsed.problems) console.error(`- ${problem}`);
    return 2;
  }
  const log = createPinoLog(parsed.config.log.level, context.isTerminal);
  try {
    await run(parsed.config, context, log);
  } catch (err) {
    if (err instanceof StartError) {
      log.error(`Switchyard cannot start. ${err.message}`);
      return err.exitCode;
    }
    log.error('Switchyard could not start or stop cleanly.', { err });
    return 1;
  }
  log.info('Stopped.');
  return 0;
}

async function run(config: Config, { env, id, stopped, exit }: ProcessContext, log: Log): Promise<void> {
  let isStarting = true;
  const abandon = () => {
    if (!isStarting) return;
    log.error('Stopped while starting: what the start waits for did not come.');
    exit(1);
  };
  void stopped.then(() => nodeTimers.after(LONGEST_START_MS, abandon));
  const starting = createApp(config, env, { log, processId: id, showAdminKey: announceKey });
  await using app = await starting.finally(() => (isStarting = false));
  log.info(`Switchyard serves GraphQL at ${app.url}/graphql`);
  const signal = await stopped;
  log.info('Stopping: no new calls; those under way may finish.', { signal });
}

/** On its own and not in the log, which is often collected and kept. */
function announceKey(key: string): void {
  console.log(`\n  Admin API key (shown this once):\n\n    ${key}\n`);
}
