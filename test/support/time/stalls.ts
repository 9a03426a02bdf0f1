import { Worker } from 'node:worker_threads';

const TICK_MS = 10;

/** What the meter's thread does: it notes when it last ran, and adds up what it slept longer than it wanted to. */
const program = `
  const { workerData } = require('node:worker_threads');
  const { cells, tickMs } = workerData;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const now = () => performance.timeOrigin + performance.now();
  for (cells[1] = now(); ; ) {
    Atomics.wait(sleeper, 0, 0, tickMs);
    const at = now();
    cells[0] += Math.max(0, at - cells[1] - 2 * tickMs);
    cells[1] = at;
  }`;

/** Tells how long the machine has not let this process run, in all: its own work, however long, does not count. */
export interface StallMeter extends AsyncDisposable {
  stalledMs(): number;
}

/** Starts one on a thread of its own. */
export async function startStallMeter(): Promise<StallMeter> {
  const cells = new Float64Array(new SharedArrayBuffer(16));
  const worker = new Worker(program, { eval: true, workerData: { cells, tickMs: TICK_MS } });
  worker.unref();
  await new Promise((resolve) => worker.once('online', resolve));
  while (cells[1] === 0) await new Promise((resolve) => setImmediate(resolve));
  return {
    // The thread may not have woken yet from a stall that is over.
    stalledMs: () =>
      cells[0]! + Math.max(0, performance.timeOrigin + performance.now() - cells[1]! - 2 * TICK_MS),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}

/** Less than this is no stall, but a machine that is busy. */
const WORTH_MENTION_MS = 200;

/** Does what is timed; once more where it failed while the machine stood still, which proves nothing. */
export async function unlessStalled<T>(work: () => Promise<T>, mostTries = 5): Promise<T> {
  await using meter = await startStallMeter();
  for (let attempt = 1; ; attempt += 1) {
    const before = meter.stalledMs();
    try {
      return await work();
    } catch (error) {
      if (attempt === mostTries || meter.stalledMs() - before < WORTH_MENTION_MS) throw error;
    }
  }
}
