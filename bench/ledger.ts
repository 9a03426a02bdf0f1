// `npm run bench -- ledger`: entries a second through group commit into one Postgres, and what recording adds to a call.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSpoolFile } from '../src/audit/spool-file.node.ts';
import { openSpool } from '../src/audit/spool.service.ts';
import { openDatabase } from '../src/storage/open-database.ts';
import { nodeSha256 } from '../src/system/digest.node.ts';
import {
  completedFacts,
  decidedFacts,
  pendingDecision,
  succeeded,
} from '../test/routing/record/decisions.ts';
import { createTestRecorder } from '../test/routing/record/recorders.ts';
import { silentLog } from '../test/support/logs/silent-log.ts';
import { findPostgres } from '../test/support/run/services.ts';
import { report, type Measurement } from './report.ts';
import { createDatabase } from './route-stage.ts';

/** Calls whose ends are awaited at once while throughput is measured, and how many tenants they belong to. */
const inFlight = 256;
const tenants = 8;
const warmUpMs = 3_000;
const measuredMs = 10_000;
const promisedPerSecond = 5_000;

/** A provider's time, how many calls wait for one at once, and what recording may add to it. */
const providerMs = 200;
const calling = 32;
const addedLimitMs = 5;

/** Measures the recorder on a Postgres of its own; false when a promise is not kept. */
export async function benchLedger(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const { recorder, version } = await openRecorder(stack);
  const work = prepareCalls();
  const alone = async () => {
    work();
    return timed(() => delay(providerMs));
  };
  const recorded = async () => {
    const { decision, facts, ended } = work();
    return timed(async () => {
      const decided = recorder.decided(decision, facts);
      await delay(providerMs);
      await Promise.all([decided, recorder.completed(ended, completedFacts)]);
    });
  };
  const rows: Measurement[] = [];
  const plain = await runSpread(alone);
  rows.push({ name: `${providerMs} ms provider alone`, unit: 'ms beyond', samples: plain.samples });
  const call = await runSpread(recorded);
  const limit = addedLimitMs;
  rows.push({ name: `${providerMs} ms provider, recorded`, unit: 'ms beyond', samples: call.samples, limit });
  // Last, because what it writes keeps the disk busy for a while.
  const endless = async () => {
    const { decision, facts, ended } = work();
    await Promise.all([recorder.decided(decision, facts), recorder.completed(ended, completedFacts)]);
    return 0;
  };
  await runFor(warmUpMs, inFlight, endless);
  const { samples, elapsedMs } = await runFor(measuredMs, inFlight, endless);
  const perSecond = Math.round((2 * samples.length) / (elapsedMs / 1000));

  const kept = report(`Recording on ${version}, ${calling} calls at once`, rows);
  const fast = perSecond >= promisedPerSecond;
  console.log(
    `${perSecond} entries/s, ${inFlight} calls of ${tenants} tenants at once; aim ${promisedPerSecond}: ${fast ? 'kept' : 'NOT KEPT'}`,
  );
  return kept && fast;
}

async function openRecorder(stack: AsyncDisposableStack) {
  const postgres = await findPostgres(process.env);
  if (postgres === null) throw new Error('The ledger benchmark needs a Postgres: set TEST_DATABASE_URL.');
  stack.use(postgres);
  const { url, version } = await createDatabase(postgres.url, stack);
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const database = stack.use(await openDatabase({ url, dataDir, log: silentLog }));
  const file = stack.use(await openSpoolFile(join(dataDir, 'spool')));
  const spool = stack.use(await openSpool({ file, sha256: nodeSha256, log: silentLog }));
  const { ledger, recorder } = createTestRecorder(database, { spool });
  stack.use(ledger);
  return { recorder, version };
}

/** Decisions to be recorded, spread over the tenants. */
function prepareCalls() {
  const tenantIds = Array.from({ length: tenants }, () => pendingDecision().tenantId);
  const facts = decidedFacts(pendingDecision());
  let made = 0;
  return () => {
    made += 1;
    const decision = pendingDecision({ tenantId: tenantIds[made % tenants] ?? '' });
    return { decision, facts, ended: succeeded(decision) };
  };
}

/** How much longer than the provider's time it took, milliseconds. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await call();
  return performance.now() - startedMs - providerMs;
}

/** Callers of a provider, warmed up. They come one after the other, as callers who know nothing of each other do. */
async function runSpread(call: () => Promise<number>) {
  const spreadMs = providerMs / calling;
  await runFor(warmUpMs, calling, call, spreadMs);
  return runFor(measuredMs, calling, call, spreadMs);
}

/** Keeps so many calls going for so long, of which each begins so much later than the one before. */
async function runFor(durationMs: number, concurrency: number, call: () => Promise<number>, spreadMs = 0) {
  const samples: number[] = [];
  const startedMs = performance.now();
  const worker = async (_: unknown, index: number) => {
    await delay(index * spreadMs);
    while (performance.now() - startedMs < durationMs) samples.push(await call());
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { samples, elapsedMs: performance.now() - startedMs };
}
