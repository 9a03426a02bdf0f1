// `npm run bench -- profile [folder]`: where a call's processor time goes, by stage and by package, with one and with
// 32 in flight. Leaves a CPU profile of each in the folder, for any viewer of `.cpuprofile`.
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfilerOrder } from './profiler.ts';
import { machineName } from './report.ts';
import { runCalls } from './route-load.ts';
import { startStage, type Stage } from './route-stage.ts';
import { whereTimeGoes, type Shares, type WhereTimeGoes } from './where-time-goes.ts';

/** Calls, not seconds: how far code is compiled depends on how often it ran, whatever else the machine does. */
const calls = { warmUp: 6_000, measured: 3_000, profiled: 3_000 } as const;
const inFlight = [1, 32] as const;
const shownPackages = 16;

/** Prints the tables; false when a call failed. */
export async function benchProfile(): Promise<boolean> {
  const folder = process.argv[3] ?? join(tmpdir(), 'switchyard-profiles');
  await mkdir(folder, { recursive: true });
  await using stage = await startStage({ isProfiled: true });
  console.log(
    `profile: ${calls.profiled} calls each, durable audit on ${stage.database}\n${machineName()}\n`,
  );
  let failures = await runCalls(stage.routedCall, 32, calls.warmUp);
  const taken: Profiled[] = [];
  for (const atOnce of inFlight) {
    const one = await profile(stage, atOnce);
    failures += one.failures;
    taken.push(one);
    const file = join(folder, `route-${atOnce}-in-flight.cpuprofile`);
    await writeFile(file, JSON.stringify(one.profile));
    console.log(file);
  }
  console.log('\nProcessor time of a call, µs:');
  console.table(columns(taken.map(({ cpuMs }) => Object.entries(cpuMs))));
  const read = taken.map(({ profile, cpuMs }) => scaled(whereTimeGoes(profile), cpuMs['switchyard']));
  console.log(
    'Of which Switchyard by stage and by package, as its main thread was found in the profile, µs:',
  );
  console.table(columns(read.map(({ stages }) => stages)));
  console.table(columns(read.map(({ packages }) => packages.slice(0, shownPackages))));
  return failures === 0;
}

interface Profiled {
  readonly failures: number;
  readonly profile: Profiler.Profile;
  /** Milliseconds of processor time of all measured calls, by party. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

async function profile(stage: Stage, atOnce: number): Promise<Profiled> {
  const before = await stage.cpuMs();
  const measured = await runCalls(stage.routedCall, atOnce, calls.measured);
  const after = await stage.cpuMs();
  const cpuMs = Object.fromEntries(
    Object.entries(after).map(([party, ms]) => [party, ms - (before[party] ?? 0)]),
  );
  await order(stage, 'start');
  const profiled = await runCalls(stage.routedCall, atOnce, calls.profiled);
  const taken = (await order(stage, 'stop')) as Profiler.Profile;
  return { failures: measured + profiled, profile: taken, cpuMs };
}

async function order({ server }: Stage, what: ProfilerOrder): Promise<unknown> {
  const told = once(server, 'message');
  server.send(what);
  const [answer] = (await told) as [unknown];
  return answer;
}

/**
 * The shares of a profile as parts of what its process takes when nobody looks: a profile's own times are those of the
 * clock, and grow with the work of others on the same machine.
 */
function scaled({ packages, stages }: WhereTimeGoes, cpuMs = 0): WhereTimeGoes {
  const allMs = stages.reduce((sum, [, ms]) => sum + ms, 0);
  const scale = (shares: Shares) => shares.map(([name, ms]) => [name, (ms / allMs) * cpuMs] as const);
  return { packages: scale(packages), stages: scale(stages) };
}

/** A table of microseconds a call: a row for each name, a column for each number in flight. */
function columns(shares: readonly Shares[]): Record<string, Record<string, number>> {
  const names = [...new Set(shares.flatMap((each) => each.map(([name]) => name)))];
  const known = shares.map((each) => new Map(each));
  const cell = (column: number, name: string) =>
    Math.round(((known[column]?.get(name) ?? 0) * 1000) / calls.measured);
  const row = (name: string) =>
    Object.fromEntries(inFlight.map((atOnce, column) => [`${atOnce} in flight`, cell(column, name)]));
  return Object.fromEntries(names.map((name) => [name, row(name)]));
}
