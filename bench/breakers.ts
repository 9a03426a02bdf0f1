// `npm run bench -- breakers`: what the guard costs a call of a healthy model, and how soon a trip on one instance is
// heeded by another.
import { setImmediate as turn } from 'node:timers/promises';
import type { App } from '../src/app.ts';
import type { BreakerPermit } from '../src/breakers/breaker.service.ts';
import { createAdmission } from '../src/calls/admission.service.ts';
import type { CallTarget, Permit, Settlement } from '../src/calls/admission.ts';
import { findPostgres, findRedis } from '../test/support/run/services.ts';
import { startApp } from './app.ts';
import { report, type Measurement } from './report.ts';
import { createDatabase } from './route-stage.ts';

const trips = 200;
const rounds = 2_000;
const callsPerRound = 500;

/** What is promised from the fifth failure to another instance's first refusal, with Redis between them. */
const promisedMs = 50;

/** Measures two instances in this process; false when the promise is not kept. */
export async function benchBreakers(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  const redis = await findRedis(process.env);
  if (postgres === null || redis === null) throw new Error('This benchmark needs a Postgres and a Redis.');
  stack.use(postgres);
  stack.use(redis);
  const { url, version } = await createDatabase(postgres.url, stack);
  const environment = { DATABASE_URL: url, REDIS_URL: redis.url };
  const one = await startApp(environment, stack);
  const other = await startApp(environment, stack);
  const title = `The guard of calls, two instances in this process, ${version}`;
  return report(title, [...measureGuard(one), ...(await measureTrips(one, other))]);
}

/** Nanoseconds of one admission and its settlement, breaker alone and with the provider's limits. */
function measureGuard({ services: { breakers, providerLimits: limits, estimates } }: App): Measurement[] {
  const call = { key: 'bench/healthy', attemptMs: 30_000, isWhole: true, expectedMs: 1000 };
  const target: CallTarget = {
    ...{ providerSlug: 'bench', modelSlug: 'healthy', key: call.key, attemptId: 'bench' },
    time: { timeoutMs: 30_000, limit: 'own', expectedMs: 1000, fullAnswerMs: 1000 },
    estimatedTokens: 500,
  };
  const usage = { inputTokens: 100, outputTokens: 100, reasoningTokens: 0 };
  const settlement: Settlement = {
    signal: 'success',
    failure: null,
    headers: {},
    usage,
    ...{ latencyMs: 100, timeToFirstTokenMs: null },
  };
  const admission = createAdmission({
    firstFailures: { note: () => undefined },
    breakers,
    limits,
    estimates,
    onFailure: () => {},
    onProbeWanted: () => {},
  });
  return [
    nanoseconds('breaker: admit and settle', () =>
      (breakers.admit(call) as BreakerPermit).settle('success', null),
    ),
    nanoseconds('breaker, limits and estimates: admit and settle', () =>
      (admission.admit(target) as Permit).settle(settlement),
    ),
  ];
}

function nanoseconds(name: string, work: () => void): Measurement {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    for (let call = 0; call < callsPerRound; call += 1) work();
    samples.push(((performance.now() - startedMs) * 1e6) / callsPerRound);
  }
  // The first tenth is the compiler's.
  return { name, unit: 'ns', samples: samples.slice(rounds / 10) };
}

async function measureTrips(one: App, other: App): Promise<Measurement[]> {
  const samples: number[] = [];
  for (let trip = 0; trip < trips; trip += 1) {
    const call = { key: `bench/model-${trip}`, attemptMs: 30_000, isWhole: true, expectedMs: 1000 };
    const admitted = (app: App) => app.services.breakers.admit(call) as BreakerPermit;
    for (let failure = 0; failure < 5; failure += 1) admitted(one).settle('failure', null);
    const failedMs = performance.now();
    while (admitted(other).admitted) await turn();
    samples.push(performance.now() - failedMs);
    await one.services.breakers.settled();
  }
  return [{ name: 'fifth failure to refusal elsewhere, Redis', unit: 'ms', samples, limit: promisedMs }];
}
