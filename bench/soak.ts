// `npm run bench -- soak [minutes] [calls a second]`: whether a server's memory stays where it is under a steady load.
// Calls are sent by the clock, whatever becomes of those before them.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { machineName, percentile } from './report.ts';
import { startStage } from './route-stage.ts';

/** How many times memory is looked at; the first half is for the code to become warm and the heap to find its size. */
const looks = 40;
/** The promise: how much the last quarter may have above the one before. */
const promisedGrowthPct = 5;
const tickMs = 20;

interface Look {
  readonly minutes: number;
  readonly memoryMb: number;
  readonly calls: number;
  readonly failed: number;
  readonly 'p50 ms': number;
  readonly 'p99 ms': number;
}

/** Prints memory and latency over time; false when memory grew by more than is promised, or a call failed. */
export async function benchSoak(): Promise<boolean> {
  const [minutes = 60, perSecond = 200] = process.argv.slice(3).map(Number);
  await using stage = await startStage();
  console.log(
    `soak: ${perSecond} calls/s for ${minutes} minutes, durable audit on ${stage.database}\n${machineName()}\n`,
  );
  const lookMs = (minutes * 60_000) / looks;
  const taken: Look[] = [];
  for (let look = 1; look <= looks; look += 1) {
    const { latenciesMs, failed } = await sendSteadily(stage.routedCall, perSecond, lookMs);
    const ascending = latenciesMs.toSorted((a, b) => a - b);
    taken.push({
      minutes: short((look * lookMs) / 60_000),
      memoryMb: Math.round(residentMb(stage.server.pid)),
      calls: latenciesMs.length,
      failed,
      'p50 ms': short(percentile(ascending, 0.5)),
      'p99 ms': short(percentile(ascending, 0.99)),
    });
  }
  console.table(taken);
  const quarter = looks / 4;
  const [before, last] = [-2, -1].map((which) =>
    median(taken.slice(looks + which * quarter, looks + (which + 1) * quarter)),
  ) as [number, number];
  const growthPct = (last / before - 1) * 100;
  const failed = taken.reduce((sum, look) => sum + look.failed, 0);
  const kept = growthPct <= promisedGrowthPct && failed === 0;
  console.log(
    `${before} MB in the third quarter, ${last} MB in the last: ${short(growthPct)} %; ${failed} calls failed; ` +
      `promised ${promisedGrowthPct} %: ${kept ? 'kept' : 'NOT KEPT'}`,
  );
  return kept;
}

/** Sends so many calls a second for so long, and waits for the last of them. */
async function sendSteadily(call: () => Promise<boolean>, perSecond: number, forMs: number) {
  const latenciesMs: number[] = [];
  let failed = 0;
  const send = async () => {
    const sentMs = performance.now();
    if (!(await call().catch(() => false))) failed += 1;
    latenciesMs.push(performance.now() - sentMs);
  };
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  for (let ms = 0; ms < forMs; ms = performance.now() - startedMs) {
    while (underWay.length < (ms / 1000) * perSecond) underWay.push(send());
    await pause(tickMs);
  }
  await Promise.all(underWay);
  return { latenciesMs, failed };
}

/** VmRSS of /proc/<pid>/status (proc(5)). */
function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function median(looksAt: readonly Look[]): number {
  return percentile(
    looksAt.map(({ memoryMb }) => memoryMb).toSorted((a, b) => a - b),
    0.5,
  );
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
