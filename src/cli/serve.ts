import type { Config } from '../config/config.ts';
import { parseEnv } from '../config/parse-env.ts';
import { createPinoLog } from '../system/log.pino.ts';
import type { Log } from '../system/log.ts';
import { nodeClock } from '../system/clock.node.ts';
import { StartError } from '../system/start-error.ts';
import { stayAlive } from '../system/resources/stay-alive.node.ts';
import { nodeTimers } from '../system/timers.node.ts';
import type { ProcessContext } from './process-context.ts';
import { readSeat, startInCluster } from './workers/cluster.ts';
import { supervise } from './workers/supervise.ts';
import type { Seat } from './workers/worker.ts';

/** How long a start may go on that was told to stop, so that it ends in order. */
const LONGEST_START_MS = 5_000;

/** Serves until the process is told to stop, by workers where several are wanted. Returns the exit code. */
export function serve(context: ProcessContext): Promise<number> {
  return start(context, null);
}

/** Serves as one of several workers, until it is told to stop or nobody keeps them any more. Returns the exit code. */
export async function serveAsWorker(context: ProcessContext): Promise<number> {
  const seat = readSeat(context.args[1]);
  if (seat === null) {
    console.error('Workers are started by "serve", as many as SWITCHYARD_WORKERS says.');
    return 2;
  }
  const stopped = Promise.race([context.stopped, seat.abandoned]);
  return start({ ...context, stopped }, seat).finally(() => seat.leave());
}

async function start(context: ProcessContext, seat: Seat | null): Promise<number> {
  const parsed = parseEnv(context.env);
  if ('problems' in parsed) {
    console.error('The environment is not sound; nothing was started.');
    for (const problem of parsed.problems) console.error(`- ${problem}`);
    return 2;
  }
  const { config } = parsed;
  const log = createPinoLog(config.log.level, context.isTerminal, seat && { worker: seat.number });
  if (seat === null && config.workers > 1) return keepWorkers(config, context, log);
  try {
    await run(config, context, log, seat);
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

async function keepWorkers({ workers, secrets }: Config, { stopped }: ProcessContext, log: Log) {
  if (secrets.redisUrl === null) {
    log.warn('Without REDIS_URL each worker counts quotas for itself, and hears of changes by polling.', {
      workers,
    });
  }
  using _alive = stayAlive();
  const world = { clock: nodeClock, timers: nodeTimers, log };
  const code = await supervise({ ...world, workers, stopped, start: startInCluster });
  if (code === 0) log.info('Stopped.');
  return code;
}

async function run(
  config: Config,
  { env, id, stopped, exit }: ProcessContext,
  log: Log,
  seat: Seat | null,
): Promise<void> {
  let isStarting = true;
  const abandon = () => {
    if (!isStarting) return;
    log.error('Stopped while starting: what the start waits for did not come.');
    exit(1);
  };
  void stopped.then(() => nodeTimers.after(LONGEST_START_MS, abandon));
  // Who only keeps workers never needs it.
  const { createApp } = await import('../app.ts');
  const number = seat?.number ?? 1;
  const starting = createApp(config, env, {
    ...{ log, processId: id, worker: number },
    // All workers have one key file, and the first has written it before the others are started.
    ...(number === 1 && { showAdminKey: announceKey }),
  });
  await using app = await starting.finally(() => (isStarting = false));
  if (seat === null) log.info(`Switchyard serves GraphQL at ${app.url}/graphql`);
  else seat.tellServing(app.url);
  const signal = await stopped;
  log.info('Stopping: no new calls; those under way may finish.', { signal });
}

/** On its own and not in the log, which is often collected and kept. */
function announceKey(key: string): void {
  console.log(`\n  Admin API key (shown this once):\n\n    ${key}\n`);
}
