import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { restartPauseMs } from './restart.ts';
import type { StartWorker, Worker, WorkerEnd } from './worker.ts';

export interface SuperviseOptions {
  /** How many are kept, at least 1. */
  readonly workers: number;
  readonly start: StartWorker;
  /** Resolves when all are to stop. */
  readonly stopped: Promise<string>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Keeps so many workers until it is told to stop, and starts again what ends. The first has to serve before the others
 * are started: it migrates the database, and when it cannot start, none can. Resolves with the exit code: that of a first
 * worker which could not start, 1 when one did not stop in order, else 0.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { workers, stopped, log } = options;
  const stopping = new AbortController();
  const running = new Set<Worker>();
  void stopped.then(() => {
    stopping.abort();
    for (const worker of running) worker.stop();
  });

  const start: StartWorker = (number) => {
    const worker = options.start(number);
    running.add(worker);
    void worker.ended.then(() => running.delete(worker));
    return worker;
  };
  const keep = (worker: Worker, number: number) =>
    keepAlive(worker, { ...options, start, number, signal: stopping.signal });

  const first = start(1);
  const end = await Promise.race([first.ended, first.serving.then(() => null)]);
  if (end !== null) return exitCodeOf(end);
  // Who is told to stop in this moment has others to start no more.
  const numbers = stopping.signal.aborted ? [] : Array.from({ length: workers - 1 }, (_, index) => index + 2);
  const others = numbers.map((number) => ({ number, worker: start(number) }));
  void Promise.all([first, ...others.map(({ worker }) => worker)].map(({ serving }) => serving)).then(
    ([url]) => log.info(`Switchyard serves GraphQL at ${url}/graphql`, { workers }),
  );
  const ends = await Promise.all([
    keep(first, 1),
    ...others.map(({ worker, number }) => keep(worker, number)),
  ]);
  return ends.map(exitCodeOf).find((code) => code !== 0) ?? 0;
}

interface Kept extends Pick<SuperviseOptions, 'start' | 'clock' | 'timers' | 'log'> {
  readonly number: number;
  /** Aborts when it is not to be started again. */
  readonly signal: AbortSignal;
}

/** Starts a worker again as often as it ends. Resolves with its last end, once all are to stop. */
async function keepAlive(worker: Worker, kept: Kept): Promise<WorkerEnd> {
  const { start, number, clock, timers, log, signal } = kept;
  for (let pauseMs = 0; ;) {
    const startedMs = clock.monotonicMs();
    const end = await worker.ended;
    if (signal.aborted) return end;
    pauseMs = restartPauseMs(clock.monotonicMs() - startedMs, pauseMs);
    log.error('A worker has ended, and is started again.', { worker: number, ...end, pauseMs });
    await timers.wait(pauseMs, signal).catch(() => {});
    if (signal.aborted) return { code: 0, signal: null };
    worker = start(number);
    void worker.serving.then(() => log.info('A worker serves again.', { worker: number }));
  }
}

/** Of what a signal has ended, or nothing could start, there is none: something is amiss then. */
function exitCodeOf({ code }: WorkerEnd): number {
  return code ?? 1;
}
