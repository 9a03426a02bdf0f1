// `npm run bench -- bulkhead`: many calls at once, one slow provider beside a fast one, and the first seconds of a model
// that has recovered. The server is a process of its own; providers and load share this one.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startScriptedProvider, type ScriptedProvider } from '../test/support/providers/scripted-provider.ts';
import { machineName, percentile } from './report.ts';
import { startServed, type Served } from './bulkhead-stage.ts';

const SLOW_CALLERS = 2_000;
const MEASURED_MS = 10_000;

/** Of a call beside them: what slow ones may make of its slowest hundredth. */
const MOST_TIMES = 2;

/** Measures all three; false when a slow provider's callers cost the others more than is promised. */
export async function benchBulkhead(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const slow = stack.use(await startScriptedProvider({ record: false }));
  const fast = stack.use(await startScriptedProvider({ record: false }));
  const served = await startServed({ slow, fast }, stack);
  console.log(`${machineName()}, ${served.database}\n`);
  await measureAtOnce(served, slow);
  const kept = await measureBeside(served, slow);
  await measureRecovery(served, slow);
  return kept;
}

/** So many calls at one moment, of a provider that takes two seconds. */
async function measureAtOnce(served: Served, slow: ScriptedProvider): Promise<void> {
  slow.always({ delayMs: 2_000 });
  for (const count of [500, 2_000, 5_000]) {
    const beforeMb = memoryMb(served);
    const fromMs = performance.now();
    const [ends, peakMb] = await whileWatching(served, () =>
      Promise.all(Array.from({ length: count }, () => served.call('slow', 300_000))),
    );
    const answered = ends.filter(({ name }) => name === 'RouteSuccess').length;
    const refused = ends.filter(({ name }) => name === 'Unavailable').length;
    const seconds = short((performance.now() - fromMs) / 1_000);
    const kbEach = Math.round(((peakMb - beforeMb) * 1_024) / count);
    const other = count - answered - refused;
    const row = { answered, refused, other, seconds, peakMb, kbEach };
    console.log(`${count} at once: ${JSON.stringify(row)}`);
    await delay(2_000);
  }
  console.log();
}

/**
 * Calls of a fast provider, one after the other in eight lines: alone, beside callers of a slow one, and alone again.
 * What is measured is the state in which all slow calls wait for their provider: it answers none before all have
 * arrived and the measurement is over. That to send them takes a while of everybody's time is another matter.
 */
async function measureBeside(served: Served, slow: ScriptedProvider): Promise<boolean> {
  const answers = Promise.withResolvers<void>();
  const before = await fastCalls(served, MEASURED_MS);
  slow.always({ until: answers.promise });
  const sentBefore = slow.received;
  const callers = Array.from({ length: SLOW_CALLERS }, () => served.call('slow', 300_000));
  await whenAt(slow, sentBefore + SLOW_CALLERS);
  const [beside, peakMb] = await whileWatching(served, () => fastCalls(served, MEASURED_MS));
  const waiting = slow.received - sentBefore - slow.abandoned;
  answers.resolve();
  const ends = await Promise.all(callers);
  const answered = ends.filter(({ name }) => name === 'RouteSuccess').length;
  const alone = [...before, ...(await fastCalls(served, MEASURED_MS))].sort((a, b) => a - b);
  const row = (latenciesMs: readonly number[]) => ({
    calls: latenciesMs.length,
    'p50 ms': short(percentile(latenciesMs, 0.5)),
    'p99 ms': short(percentile(latenciesMs, 0.99)),
  });
  console.table({ alone: row(alone), [`beside ${waiting} slow ones`]: row(beside) });
  const times = percentile(beside, 0.99) / percentile(alone, 0.99);
  const isKept = times <= MOST_TIMES && answered === SLOW_CALLERS;
  console.log(
    `${answered} of ${SLOW_CALLERS} slow calls answered, ${peakMb} MB; p99 of the others × ${short(times)}`,
  );
  console.log(`promised × ${MOST_TIMES}: ${isKept ? 'kept' : 'NOT KEPT'}\n`);
  return isKept;
}

/** Waits until so many requests have arrived, however long a busy machine takes to send them. */
async function whenAt(provider: ScriptedProvider, count: number): Promise<void> {
  while (provider.received < count) await delay(50);
}

/** A hundred calls a second, a trip, a hundred who wait, and what the provider is given once it is back. */
async function measureRecovery(served: Served, slow: ScriptedProvider): Promise<void> {
  slow.always({});
  const steady: Promise<unknown>[] = [];
  for (let ms = 0; ms < 10_000; ms += 10) {
    steady.push(served.call('slow', 30_000));
    await delay(10);
  }
  await Promise.all(steady);
  slow.always({ status: 500 });
  while (!(await served.isOpen('slow'))) await served.call('slow', 1_000);
  const arrivals: number[] = [];
  slow.always(() => {
    arrivals.push(performance.now());
    return {};
  });
  const waiting = await Promise.all(Array.from({ length: 300 }, () => served.call('slow', 300_000)));
  const [firstMs = 0] = arrivals;
  const inSecond = (second: number) =>
    arrivals.filter((at) => at > firstMs && Math.floor((at - firstMs) / 1_000) === second).length;
  console.table({ 'calls in the seconds after the probe': [0, 1, 2, 3, 4].map(inSecond) });
  console.log(
    `${waiting.filter(({ name }) => name === 'RouteSuccess').length} of 300 who waited were served`,
  );
}

async function fastCalls(served: Served, forMs: number): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const untilMs = performance.now() + forMs;
  const line = async () => {
    while (performance.now() < untilMs) latenciesMs.push((await served.call('fast', 30_000)).latencyMs);
  };
  await Promise.all(Array.from({ length: 8 }, line));
  return latenciesMs.sort((a, b) => a - b);
}

/** What some work comes to, and the most memory that the server had meanwhile. */
async function whileWatching<T>(served: Served, work: () => Promise<T>): Promise<[T, number]> {
  let peakMb = memoryMb(served);
  const watching = setInterval(() => (peakMb = Math.max(peakMb, memoryMb(served))), 200);
  try {
    return [await work(), peakMb];
  } finally {
    clearInterval(watching);
  }
}

/** Resident memory of the server (proc(5)); 0 where the system does not tell. */
function memoryMb({ pid }: Served): number {
  try {
    const [, kb] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb) / 1_024);
  } catch {
    return 0;
  }
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
