// `npm run bench -- fanout`: how soon subscribers are told, what they cost, and whether those who vanish leave anything.
// Servers and subscribers are processes of their own on this machine: what the subscribers take is part of the figures.
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { findPostgres, findRedis } from '../test/support/run/services.ts';
import { startChild, type Child } from './child.ts';
import type { FanoutClients, Shape } from './fanout-clients.ts';
import type { FanoutServer } from './fanout-server.ts';
import { report, type Measurement } from './report.ts';
import { createDatabase } from './route-stage.ts';

const subscribers = 5_000;
const deaf = 50;
const transitions = 20;
/** Of fifty kilobytes each to those who never read: more than the kernels hold for a socket. */
const flood = 200;
const trips = 200;
/** Between two trips: what comes at low load. */
const restMs = 25;
const cycles = { first: 2_000, all: 10_000 };

/** What is promised from a transition's commit to its receipt by many, and by one on another instance. */
const promisedMs = { many: 250, elsewhere: 20 };
/** By how much the heap may have grown between the first cycles and all of them: some hundred bytes a cycle. */
const growthBytes = 4 * 2 ** 20;
/** By how much a subscriber that never reads may make the server grow, whatever it misses. */
const deafBytes = 512 * 1024;

type Environment = Readonly<Record<string, string>>;
type Server = Child<FanoutServer>;
type Clients = Child<FanoutClients>;

/** Measures a fan-out, transitions across instances, and subscribers that vanish; false when a promise is not kept. */
export async function benchFanout(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  const redis = await findRedis(process.env);
  if (postgres === null || redis === null) throw new Error('This benchmark needs a Postgres and a Redis.');
  stack.use(postgres);
  stack.use(redis);
  const { url, version } = await createDatabase(postgres.url, stack);
  const environment = { DATABASE_URL: url, REDIS_URL: redis.url };
  console.log(`Load average before: ${load()}\n`);
  const verdicts: boolean[] = [];
  const rows: Measurement[] = [];
  for (const shape of shapes()) {
    const { isComplete, measurements } = await measureFanOut(environment, shape);
    verdicts.push(isComplete);
    rows.push(...measurements);
  }
  rows.push(...(await measureTrips(environment)));
  verdicts.push(await measureChurn(environment));
  console.log(`Load average after: ${load()}\n`);
  verdicts.push(report(`Transitions to subscribers, ${version}, Redis`, rows));
  return verdicts.every(Boolean);
}

/** A socket for each subscriber where a process may have so many, and fifty subscribers to a socket. */
function shapes(): Shape[] {
  const few = { sockets: subscribers / 50, operationsPerSocket: 50, deafSockets: deaf / 50 };
  const many = { sockets: subscribers, operationsPerSocket: 1, deafSockets: deaf };
  const limit = openFiles();
  if (limit > subscribers + 500) return [many, few];
  console.log(`A process may have ${limit} files open: too few for a socket for each subscriber.`);
  return [few];
}

function openFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files: { soft: unknown } } };
  const soft = userLimits?.open_files.soft;
  return soft === 'unlimited' ? Infinity : Number(soft ?? 0);
}

async function measureFanOut(
  environment: Environment,
  shape: Shape,
): Promise<{ readonly isComplete: boolean; readonly measurements: Measurement[] }> {
  await using stack = new AsyncDisposableStack();
  const server = startChild<FanoutServer>('fanout-server.ts', environment, stack);
  const clients = startChild<FanoutClients>('fanout-clients.ts', {}, stack);
  await server.ask('prepare');
  const before = await server.ask('memory');
  await follow(server, clients, shape);
  const during = await server.ask('memory');
  const cpuBefore = await cpuOf(server, clients);
  await server.ask('heldUpMs');
  const told = await moveAndHear(server, clients, transitions);
  const heldUpMs = await server.ask('heldUpMs');
  const cpuAfter = await cpuOf(server, clients);
  const ending = await flooded(server, clients, shape);
  await clients.ask('leave');
  const left = await streamsAt(server, 0);
  const after = await server.ask('memory');

  const name = `${shape.sockets} sockets × ${shape.operationsPerSocket}`;
  const expected = (shape.sockets - shape.deafSockets) * shape.operationsPerSocket;
  const missing = told.reduce((sum, { atMs }) => sum + expected - atMs.length, 0);
  const outOfOrder = await clients.ask('outOfOrder');
  const isComplete = missing === 0 && outOfOrder === 0 && left === 0 && ending.isKept;
  const each = (during.rssBytes - before.rssBytes) / (shape.sockets * shape.operationsPerSocket) / 1024;
  const cpu = (party: 'server' | 'clients') =>
    `${((cpuAfter[party] - cpuBefore[party]) / transitions).toFixed(0)} ms`;
  console.log(`${name}; sockets of them that are never read: ${shape.deafSockets}`);
  console.log(
    `  of ${expected * transitions} events ${missing} missing, ${outOfOrder} out of order, ${left} streams left behind: ${isComplete ? 'kept' : 'MISSED'}`,
  );
  console.log(`  server before: ${inMb(before)}; with subscribers: ${inMb(during)}; after: ${inMb(after)}`);
  console.log(`  resident memory of a subscriber: ${each.toFixed(1)} KB`);
  console.log(`  processor time of a transition: server ${cpu('server')}, subscribers ${cpu('clients')}`);
  console.log(`  ${ending.report}`);
  console.log(`  whatever else the server does waited at most ${heldUpMs.toFixed(0)} ms for its turn\n`);
  const fromAnswer = told.flatMap(({ answeredMs, atMs }) => atMs.map((ms) => ms - answeredMs));
  const fromAsking = told.flatMap(({ askedMs, atMs }) => atMs.map((ms) => ms - askedMs));
  const unit = 'ms';
  return {
    isComplete,
    measurements: [
      { name: `${name}, from asking`, unit, samples: fromAsking },
      { name: `${name}, from its answer`, unit, samples: fromAnswer, limit: promisedMs.many },
    ],
  };
}

/** Sends more than those who never read are held things for; says what they hold, and whether they are ended. */
async function flooded(
  server: Server,
  clients: Clients,
  { sockets, operationsPerSocket, deafSockets }: Shape,
): Promise<{ readonly isKept: boolean; readonly report: string }> {
  const before = await server.ask('memory');
  await moveAndHear(server, clients, flood, 0, 'x'.repeat(500));
  const after = await server.ask('memory');
  const deaf = deafSockets * operationsPerSocket;
  const heldBytes = Math.max(
    after.heapBytes - before.heapBytes + after.externalBytes - before.externalBytes,
    0,
  );
  const wanted = sockets * operationsPerSocket - deaf;
  const live = await streamsAt(server, wanted);
  const each = heldBytes / deaf;
  return {
    isKept: each <= deafBytes && live === wanted,
    report: `${flood * 50} KB to each that never reads: the server holds ${(each / 1024).toFixed(0)} KB for each, at most ${deafBytes / 1024}; ${wanted + deaf - live} of ${deaf} are ended as slow`,
  };
}

async function measureTrips(environment: Environment): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const one = startChild<FanoutServer>('fanout-server.ts', environment, stack);
  await one.ask('prepare');
  const other = startChild<FanoutServer>('fanout-server.ts', environment, stack);
  const clients = startChild<FanoutClients>('fanout-clients.ts', {}, stack);
  await follow(other, clients, { sockets: 1, operationsPerSocket: 1, deafSockets: 0 });
  const told = await moveAndHear(one, clients, trips, restMs);
  const name = 'one on another instance';
  const unit = 'ms';
  const first = (atMs: readonly number[]) => atMs[0] ?? Infinity;
  return [
    { name: `${name}, from asking`, unit, samples: told.map(({ askedMs, atMs }) => first(atMs) - askedMs) },
    {
      ...{ name: `${name}, from its answer`, unit, limit: promisedMs.elsewhere },
      samples: told.map(({ answeredMs, atMs }) => first(atMs) - answeredMs),
    },
  ];
}

async function measureChurn(environment: Environment): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const server = startChild<FanoutServer>('fanout-server.ts', environment, stack);
  const clients = startChild<FanoutClients>('fanout-clients.ts', {}, stack);
  const url = await server.ask('url');
  await clients.ask('churn', { url, cycles: cycles.first });
  await streamsAt(server, 0);
  const early = await server.ask('memory');
  const rest = clients.ask('churn', { url, cycles: cycles.all - cycles.first });
  const [peak] = await Promise.all([peakUntil(rest, server), rest]);
  const left = await streamsAt(server, 0);
  const late = await server.ask('memory');
  const grown = late.heapBytes - early.heapBytes;
  const isKept = grown <= growthBytes && peak > 0 && left === 0;
  console.log(`Subscribers that vanish: up to ${peak} live at once, ${left} streams left behind`);
  console.log(`  after ${cycles.first}: ${inMb(early)}; after ${cycles.all}: ${inMb(late)}`);
  console.log(`  heap grown by ${(grown / 1024).toFixed(0)} KB, at most ${growthBytes / 1024} KB`);
  console.log(`  ${isKept ? 'kept' : 'EXCEEDED'}\n`);
  return isKept;
}

/** Resolves when all of them are live. */
async function follow(server: Server, clients: Clients, shape: Shape): Promise<void> {
  const [url, generation] = [await server.ask('url'), await server.ask('generation')];
  await clients.ask('follow', { url, generation, shape });
  const wanted = shape.sockets * shape.operationsPerSocket;
  const live = await streamsAt(server, wanted);
  if (live !== wanted) throw new Error(`Of ${wanted} subscriptions ${live} are live.`);
}

/** Brings transitions about, each when the one before has been received; returns when each subscriber was told. */
async function moveAndHear(
  mover: Server,
  clients: Clients,
  count: number,
  pauseMs = 0,
  reason = 'The benchmark wants it.',
) {
  const told = [];
  for (let index = 0; index < count; index += 1) {
    await delay(pauseMs);
    const moved = await mover.ask('move', reason);
    told.push({ ...moved, atMs: await clients.ask('toldOf', moved.generation) });
  }
  return told;
}

/** The most subscriptions that were seen open until the work was over: none would mean that it tried nothing. */
async function peakUntil(work: Promise<unknown>, server: Server): Promise<number> {
  let isOver = false;
  const over = () => void (isOver = true);
  work.then(over, over);
  let peak = 0;
  while (!isOver) {
    peak = Math.max(peak, await server.ask('streams'));
    await delay(10);
  }
  return peak;
}

async function cpuOf(server: Server, clients: Clients) {
  return { server: await server.ask('cpuMs'), clients: await clients.ask('cpuMs') };
}

/** Waits until so many subscriptions are open, but not for ever; returns how many are. */
async function streamsAt(server: Server, wanted: number): Promise<number> {
  for (let look = 0; look < 600; look += 1) {
    if ((await server.ask('streams')) === wanted) return wanted;
    await delay(50);
  }
  return server.ask('streams');
}

/** How busy the machine has been, over 1, 5 and 15 minutes: what else runs on it is part of the figures. */
function load(): string {
  return loadavg()
    .map((average) => average.toFixed(1))
    .join(', ');
}

function inMb({ rssBytes, heapBytes }: { readonly rssBytes: number; readonly heapBytes: number }): string {
  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return `${mb(rssBytes)} MB resident, ${mb(heapBytes)} MB heap`;
}
