// `npm run bench -- route`: calls a second through a whole server, and what routing adds to a provider's answer.
// Starts all it needs: a Postgres database of its own, a provider that answers at once, the server, and the load.
import { percentile, machineName } from './report.ts';
import { runLoad, type LoadResult } from './route-load.ts';
import { startStage, type Stage } from './route-stage.ts';

const inFlight = 32;
const warmUpMs = 4_000;
const measuredMs = 10_000;
/** The promise: calls a second at 32 in flight, on two cores shared with provider, database and load. */
const promisedPerSecond = 600;

/** Measures `route` against calling the provider directly in the same run; false when the promise is not kept. */
export async function benchRoute(): Promise<boolean> {
  await using stage = await startStage();
  console.log(
    `route: ${inFlight} in flight for ${measuredMs / 1000} s, durable audit on ${stage.database}\n${machineName()}\n`,
  );
  const direct = await measure(stage, stage.directCall);
  const routed = await measure(stage, stage.routedCall);
  const rows = [row('direct', direct.load), row('route', routed.load), added(direct.load, routed.load)];
  console.table(Object.fromEntries(rows));
  console.log(`CPU per routed call: ${whereTimeGoes(routed)}`);
  const perSecond = rate(routed.load);
  const kept = perSecond >= promisedPerSecond && routed.load.failures === 0;
  console.log(
    `${Math.round(perSecond)} calls/s, ${routed.load.failures} failed; promised ${promisedPerSecond}: ${kept ? 'kept' : 'NOT KEPT'}`,
  );
  return kept;
}

interface Measured {
  readonly load: LoadResult;
  /** Milliseconds of processor time by party. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

async function measure(stage: Stage, call: () => Promise<boolean>): Promise<Measured> {
  await runLoad(call, inFlight, warmUpMs);
  const before = await stage.cpuMs();
  const load = await runLoad(call, inFlight, measuredMs);
  const after = await stage.cpuMs();
  return {
    load,
    cpuMs: Object.fromEntries(Object.entries(after).map(([party, ms]) => [party, ms - (before[party] ?? 0)])),
  };
}

function rate(load: LoadResult): number {
  return load.latenciesMs.length / (load.elapsedMs / 1000);
}

function row(name: string, load: LoadResult): [string, Record<string, number>] {
  const ascending = load.latenciesMs.toSorted((a, b) => a - b);
  return [
    name,
    {
      'calls/s': Math.round(rate(load)),
      'p50 ms': short(percentile(ascending, 0.5)),
      'p99 ms': short(percentile(ascending, 0.99)),
    },
  ];
}

/** What a routed call takes longer than a direct one, percentile by percentile. */
function added(direct: LoadResult, routed: LoadResult): [string, Record<string, number>] {
  const [, one] = row('', direct);
  const [, other] = row('', routed);
  const difference = (key: string) => short((other[key] ?? 0) - (one[key] ?? 0));
  return ['added', { 'p50 ms': difference('p50 ms'), 'p99 ms': difference('p99 ms') }];
}

function whereTimeGoes({ load, cpuMs }: Measured): string {
  const calls = Math.max(1, load.latenciesMs.length);
  return Object.entries(cpuMs)
    .map(([party, ms]) => `${party} ${short(ms / calls)} ms`)
    .join(', ');
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
