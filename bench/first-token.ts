// `npm run bench -- first-token`: how much later than a provider's own a stream's first token comes. Direct and routed
// calls take turns, one at a time, so that what else the machine does falls on all of them alike.
import { request, type Agent } from 'undici';
import { sharedMs } from './child.ts';
import { machineName, percentile } from './report.ts';
import { runCalls } from './route-load.ts';
import { startStage, type Stage } from './route-stage.ts';
import { chatStream, subscribed, type StreamRequest } from './stream-requests.ts';

/** Calls of each way, many at once, before anything is measured: an instance that serves is warm. */
const warmUpCalls = 1_500;
const warmUpInFlight = 48;
const rounds = 120;
/** The promise: milliseconds that the median first token comes later. */
const promisedMs = 1;

/** When a first token came, milliseconds: after the request was sent, to the provider, and from it. */
interface Timing {
  readonly wholeMs: number;
  readonly inMs: number;
  readonly outMs: number;
}

/** Measures Chat Completions and `routeStream` against the provider itself; false when a promise is not kept. */
export async function benchFirstToken(): Promise<boolean> {
  await using stage = await startStage({ file: 'bench/token-provider.ts' });
  const ways = waysOf(stage);
  console.log(`first-token: one at a time, ${rounds} rounds, ${stage.database}\n${machineName()}\n`);
  for (const { call } of ways) {
    await runCalls(() => call().then(() => true), warmUpInFlight, warmUpCalls);
  }
  const timings = ways.map(() => [] as Timing[]);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, way] of ways.entries()) timings[index]?.push(await way.call());
  }
  const [direct = []] = timings;
  const rows = ways.map(({ name }, index) => [name, addedTo(direct, timings[index] ?? [])] as const);
  console.table(Object.fromEntries(rows));
  const kept = rows.every(([, row]) => row['added p50'] <= promisedMs);
  console.log(`promised ${promisedMs} ms beyond the provider's (p50): ${kept ? 'kept' : 'NOT KEPT'}`);
  return kept;
}

function waysOf(stage: Stage) {
  const way = (name: string, asked: StreamRequest) => ({ name, call: () => timed(stage.agent, asked) });
  return [
    way('direct', chatStream(stage, 'provider')),
    way('/v1/chat/completions', chatStream(stage)),
    way('routeStream', subscribed(stage)),
  ];
}

async function timed(dispatcher: Agent, { url, headers, body }: StreamRequest): Promise<Timing> {
  const sentMs = sharedMs();
  const response = await request(url, { dispatcher, method: 'POST', headers, body: JSON.stringify(body) });
  let timing: Timing | undefined;
  let text = '';
  for await (const piece of response.body) {
    const nowMs = sharedMs();
    text += String(piece);
    const [, arrived, written] = /<([\d.]+);([\d.]+)>/.exec(text) ?? [];
    if (written === undefined) continue;
    timing ??= { wholeMs: nowMs - sentMs, inMs: Number(arrived) - sentMs, outMs: nowMs - Number(written) };
  }
  if (timing === undefined) throw new Error(`${url} sent no token: ${text}`);
  return timing;
}

/** Medians, and what they are more than those of the provider itself. */
function addedTo(direct: readonly Timing[], own: readonly Timing[]) {
  const at = (timings: readonly Timing[], part: keyof Timing, share: number) =>
    percentile(
      timings.map((each) => each[part]).toSorted((a, b) => a - b),
      share,
    );
  const median = (part: keyof Timing) => short(at(own, part, 0.5));
  const added = (part: keyof Timing, share = 0.5) => short(at(own, part, share) - at(direct, part, share));
  return {
    'p50 ms': median('wholeMs'),
    'to the provider': median('inMs'),
    'from it': median('outMs'),
    'added on the way in': added('inMs'),
    'added p50': added('outMs'),
    'added p90': added('outMs', 0.9),
    'added to the whole': added('wholeMs'),
  };
}

function short(value: number): number {
  return Number(value.toFixed(2));
}
