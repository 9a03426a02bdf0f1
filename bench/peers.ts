// `npm run bench -- peers [rounds] [seconds]`: calls a second and latencies of the same call directly, through the least
// proxy there is, through another gateway and through Switchyard, in turn, one and 32 in flight. What counts are the
// ratios within each round: other work on the machine meets all of them.
import { startPortkey } from './peer-portkey.ts';
import { machineName, percentile } from './report.ts';
import { runLoad } from './route-load.ts';
import { bearer, cpuOf, startProcess, startStage } from './route-stage.ts';

const inFlight = [1, 32] as const;
const warmUpMs = 3_000;

/** A way to the provider. */
interface Way {
  readonly name: string;
  readonly call: () => Promise<boolean>;
  /** The process in the middle; absent: there is none. */
  readonly pid?: number | undefined;
}

/** What one round has shown of a way. */
interface Shown {
  readonly 'calls/s': number;
  readonly 'p50 ms': number;
  readonly 'p99 ms': number;
  readonly 'CPU µs': number;
}

/** Prints medians and ratios; false when a call failed. */
export async function benchPeers(): Promise<boolean> {
  const [rounds = 5, seconds = 2] = process.argv.slice(3).map(Number);
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await startStage());
  const { provider, server } = stage.origins;
  const floor = await startProcess(['bench/floor-proxy.ts'], { PROVIDER_ORIGIN: provider }, stack);
  const peer = stack.use(await startPortkey(provider));
  const ways: readonly Way[] = [
    { name: 'direct', call: stage.directCall },
    { name: 'floor proxy', call: stage.chatCall(floor.url), pid: floor.process.pid },
    { name: peer.name, call: stage.chatCall(peer.origin, peer.fields), pid: peer.pid },
    { name: 'switchyard /graphql', call: stage.routedCall, pid: stage.server.pid },
    { name: 'switchyard /v1', call: stage.chatCall(server, bearer()), pid: stage.server.pid },
  ];
  console.log(
    `peers: ${rounds} rounds of ${seconds} s, durable audit on ${stage.database}, the peer records nothing\n${machineName()}\n`,
  );
  let failures = 0;
  for (const { call } of ways) failures += (await runLoad(call, 32, warmUpMs)).failures;
  for (const atOnce of inFlight) {
    const shown = new Map<string, Shown[]>(ways.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ways) {
        const measured = await measure(way, atOnce, seconds * 1000);
        failures += measured.failures;
        shown.get(way.name)?.push(measured.shown);
      }
    }
    console.log(`${atOnce} in flight, medians of ${rounds} rounds:`);
    console.table(table(shown, peer.name));
  }
  console.log(`${failures} calls failed`);
  return failures === 0;
}

async function measure(
  { call, pid }: Way,
  atOnce: number,
  durationMs: number,
): Promise<{ readonly failures: number; readonly shown: Shown }> {
  const spentMs = () => (pid === undefined ? 0 : cpuOf(String(pid)));
  const before = spentMs();
  const { latenciesMs, failures, elapsedMs } = await runLoad(call, atOnce, durationMs);
  const ascending = latenciesMs.toSorted((a, b) => a - b);
  const calls = latenciesMs.length;
  return {
    failures,
    shown: {
      'calls/s': (calls * 1000) / elapsedMs,
      'p50 ms': percentile(ascending, 0.5),
      'p99 ms': percentile(ascending, 0.99),
      'CPU µs': ((spentMs() - before) * 1000) / calls,
    },
  };
}

function table(shown: ReadonlyMap<string, readonly Shown[]>, peer: string): object {
  const ratio = (rounds: readonly Shown[], other: string) =>
    median(rounds.map((one, round) => one['calls/s'] / (shown.get(other)?.[round]?.['calls/s'] ?? NaN)));
  const row = (rounds: readonly Shown[]) => ({
    'calls/s': Math.round(median(rounds.map((one) => one['calls/s']))),
    'p50 ms': median(rounds.map((one) => one['p50 ms'])),
    'p99 ms': median(rounds.map((one) => one['p99 ms'])),
    'CPU µs a call': median(rounds.map((one) => one['CPU µs'])),
    '× peer': ratio(rounds, peer),
    '× floor': ratio(rounds, 'floor proxy'),
  });
  return Object.fromEntries([...shown].map(([name, rounds]) => [name, row(rounds)]));
}

function median(values: readonly number[]): number {
  return Number(
    percentile(
      values.toSorted((a, b) => a - b),
      0.5,
    ).toPrecision(3),
  );
}
