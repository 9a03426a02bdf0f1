// `npm run bench -- budget`: what a call may cost, as multiples of what the least proxy on the same machine, in the same
// run, spends on one. Both take turns, by processor time, so that neither other work nor the machine decides.
import { findPostgres } from '../test/support/run/services.ts';
import { machineName, percentile } from './report.ts';
import { runCalls } from './route-load.ts';
import { cpuOf, startProcess, startStage } from './route-stage.ts';

const inFlight = 32;
const warmUpCalls = 6_000;
const roundCalls = 1_500;
const rounds = 11;

/** Processor time of a call in floor proxies' at most: two fifths more than was measured when they were set. */
const budgets = { switchyard: 10, postgres: 2.6 } as const;

type Party = keyof typeof budgets;

/**
 * Prints the multiples beside their budgets; false when one is above its own, a call failed, or, under `CI=true`, there
 * is no Postgres to measure with.
 */
export async function benchBudget(): Promise<boolean> {
  await using postgres = await findPostgres(process.env);
  if (postgres !== null) return await measure();
  console.log('NOT MEASURED: what a call costs needs a Postgres (TEST_DATABASE_URL, localhost, or on PATH).');
  return process.env['CI'] !== 'true';
}

async function measure(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await startStage());
  const floor = await startProcess(
    ['bench/floor-proxy.ts'],
    { PROVIDER_ORIGIN: stage.origins.provider },
    stack,
  );
  const throughFloor = stage.chatCall(floor.url);
  console.log(
    `budget: ${rounds} rounds of ${roundCalls} calls, ${inFlight} in flight, ${stage.database}\n${machineName()}\n`,
  );

  let failures = 0;
  const send = async (call: () => Promise<boolean>, calls: number) => {
    failures += await runCalls(call, inFlight, calls);
  };
  await send(throughFloor, warmUpCalls);
  await send(stage.routedCall, warmUpCalls);
  const multiples: Record<Party, number[]> = { switchyard: [], postgres: [] };
  for (let round = 0; round < rounds; round += 1) {
    const floorBefore = cpuOf(String(floor.process.pid));
    await send(throughFloor, roundCalls);
    const floorMs = cpuOf(String(floor.process.pid)) - floorBefore;
    const before = await stage.cpuMs();
    await send(stage.routedCall, roundCalls);
    const after = await stage.cpuMs();
    for (const party of parties) {
      multiples[party].push(((after[party] ?? NaN) - (before[party] ?? NaN)) / floorMs);
    }
  }

  const rows = parties.map((party) => {
    const ascending = multiples[party].toSorted((a, b) => a - b);
    return { party, median: Number(percentile(ascending, 0.5).toFixed(2)), budget: budgets[party] };
  });
  console.table(Object.fromEntries(rows.map(({ party, ...row }) => [party, row])));
  const isKept = rows.every(({ median, budget }) => median <= budget);
  console.log(`${failures} calls failed; ${isKept ? 'within the budget' : 'ABOVE THE BUDGET'}`);
  return isKept && failures === 0;
}

const parties = ['switchyard', 'postgres'] as const;
