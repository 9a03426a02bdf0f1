// `npm run bench -- streams`: how much of one processor core the server takes for many streams at once, through Chat
// Completions and through `routeStream`.
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { machineName } from './report.ts';
import { startStage, type Stage } from './route-stage.ts';
import { chatStream, subscribed, type StreamRequest } from './stream-requests.ts';

const streams = 200;
/** As `stream-provider.ts` writes them. */
const tokensPerSecond = 50;
/** All streams run by then, and none has ended when the measured time is over. */
const startMs = 1_500;
const measuredMs = 4_500;
/** The promise: cores that the server takes for all of them, however many the machine had to give. */
const promisedCores = 1;

/** What a run has shown. */
interface Run {
  /** Tokens that came within the measured time, a second. */
  readonly tokensPerSecond: number;
  /** Processor time of the server. */
  readonly microsPerToken: number;
  /** What all tokens of all streams take of it. */
  readonly cores: number;
}

/** Prints both ways; false when the promise is not kept. */
export async function benchStreams(): Promise<boolean> {
  await using stage = await startStage({ file: 'bench/stream-provider.ts' });
  console.log(`streams: ${streams} of ${tokensPerSecond} tokens/s, ${stage.database}\n${machineName()}\n`);
  const ways = { '/v1/chat/completions': chatStream(stage), routeStream: subscribed(stage) };
  const rows: Record<string, Run> = {};
  // The first run of each way warms it up.
  for (const round of [0, 1]) {
    for (const [name, way] of Object.entries(ways)) {
      const run = await runStreams(stage, way);
      if (round > 0) rows[name] = run;
    }
  }
  console.table(rows);
  const isKept = Object.values(rows).every(({ cores }) => cores <= promisedCores);
  console.log(`promised ${promisedCores} core: ${isKept ? 'kept' : 'NOT KEPT'}`);
  return isKept;
}

/** Has all streams run once, each to its end, and measures while all of them do. */
export async function runStreams(stage: Stage, way: StreamRequest): Promise<Run> {
  await using dispatcher = closing(new Agent({ connections: streams }));
  let tokens = 0;
  const follow = async (index: number) => {
    // Real streams do not write all at the same moment.
    await wait(index * 5);
    const { url, headers, body } = way;
    const sent = {
      dispatcher: dispatcher.agent,
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    } as const;
    const response = await request(url, sent);
    let last = '';
    for await (const piece of response.body) {
      const text = String(piece);
      tokens += text.split(way.token).length - 1;
      last = (last + text).slice(-4_000);
    }
    if (!last.includes(way.end)) throw new Error(`A stream did not come to its end: ${last}`);
  };
  const all = Promise.all(Array.from({ length: streams }, (_, index) => follow(index)));
  const measured = measure(stage, () => tokens);
  await all;
  return await measured;
}

async function measure(stage: Stage, tokens: () => number): Promise<Run> {
  await wait(startMs);
  const from = { ms: performance.now(), tokens: tokens(), cpu: await stage.cpuMs() };
  await wait(measuredMs);
  const cpu = await stage.cpuMs();
  const came = tokens() - from.tokens;
  const seconds = (performance.now() - from.ms) / 1000;
  const microsPerToken = (((cpu['switchyard'] ?? NaN) - (from.cpu['switchyard'] ?? NaN)) * 1000) / came;
  return {
    tokensPerSecond: Math.round(came / seconds),
    microsPerToken: Number(microsPerToken.toFixed(1)),
    cores: Number(((microsPerToken * streams * tokensPerSecond) / 1e6).toFixed(2)),
  };
}

function closing(agent: Agent) {
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}
