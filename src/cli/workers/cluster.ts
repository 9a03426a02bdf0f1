import cluster from 'node:cluster';
import type { Seat, StartWorker, WorkerEnd } from './worker.ts';

/** What a worker says to the process that keeps it. */
interface Serving {
  readonly serving: string;
}

/**
 * Starts workers as processes that share a port: this process accepts connections and hands them out in turn, so that
 * few connections, too, are spread evenly, and those that wait outlive a worker. They run the program that this one runs,
 * with the command `worker NUMBER`, and write to the same output.
 */
export const startInCluster: StartWorker = (number) => {
  cluster.setupPrimary({ args: ['worker', String(number)] });
  const worker = cluster.fork();
  const serving = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<WorkerEnd>();
  worker.once('exit', (code: number | null, signal: string | null) => ended.resolve({ code, signal }));
  // One that could not be started never exits; of one that runs, its exit tells what came of an error.
  worker.on('error', ({ message }: Error) => {
    if (worker.process.pid === undefined) ended.resolve({ code: null, signal: null, reason: message });
  });
  worker.on('message', (message: Partial<Serving>) => {
    if (typeof message.serving === 'string') serving.resolve(message.serving);
  });
  return {
    serving: serving.promise,
    ended: ended.promise,
    stop: () => void worker.process.kill('SIGTERM'),
  };
};

/** The place of this process among workers; null when it is none. */
export function readSeat(number: string | undefined): Seat | null {
  const { worker } = cluster;
  if (worker === undefined || !/^[1-9]\d*$/.test(number ?? '')) return null;
  const abandoned = Promise.withResolvers<string>();
  worker.once('disconnect', () => {
    // Otherwise Node ends the process at once, and with it the calls under way.
    worker.exitedAfterDisconnect = true;
    abandoned.resolve('the end of the process that keeps it');
  });
  return {
    number: Number(number),
    // Who is gone by now need not be told: that it is gone is known by `abandoned`.
    tellServing: (url) => void worker.send({ serving: url } satisfies Serving, () => {}),
    abandoned: abandoned.promise,
    leave: () => void (worker.isConnected() && worker.disconnect()),
  };
}
