import { describeFault, judgeWrite } from '../routing/record/refused/refusal-verdict.ts';
import { writeEach } from '../routing/record/refused/write-each.ts';
import type { Db } from '../storage/database.ts';
import { reportFault } from '../storage/outage/report-fault.ts';
import { sqlStateOf, storageFault } from '../storage/storage-fault.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { createRounds } from '../system/one-at-a-time.ts';
import type { Timers } from '../system/timers.ts';
import type { HealthCheck } from './health-check.ts';
import { insertHealthChecks } from './health-check.store.ts';

/** Writes down what probes have shown, in the background; disposing tries to write the rest. */
export interface CheckWriter extends AsyncDisposable {
  /** Neither waits nor fails. */
  record(check: HealthCheck): void;
  /** Resolves when everything so far is written; rejects when the database is away. */
  flush(): Promise<void>;
}

/** While the database is away so many checks wait, the newest: what an hour of a hundred models shows. */
export const MOST_UNWRITTEN = 12_000;

const BATCH = 500;

/** How long checks may wait for others to be written with. */
const GATHER_MS = 250;

/** How soon what could not be written is tried again. */
const RETRY_MS = 2_000;

/** Nothing waits to be written. */
export function createCheckWriter(parts: {
  readonly db: Db;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}): CheckWriter {
  const { db, clock, timers, log } = parts;
  let unwritten: HealthCheck[] = [];
  let forgotten = 0;
  let timer: Disposable | undefined;

  const rounds = createRounds(async () => {
    while (unwritten.length > 0) {
      const batch = unwritten.slice(0, BATCH);
      const refused = await writeEach(batch, {
        write: (checks) => insertHealthChecks(db, checks, clock.monotonicMs()),
        probe: () => insertHealthChecks(db, [], clock.monotonicMs()),
        verdictOf: (error) => judgeWrite(storageFault(error), sqlStateOf(error)),
      });
      for (const { item, error } of refused) tellRefused(item, error);
      const written = new Set(batch);
      unwritten = unwritten.filter((check) => !written.has(check));
    }
    if (forgotten > 0) log.warn('Some of what probes have shown was never written.', { checks: forgotten });
    forgotten = 0;
  });

  /** What the database refuses for what is in it would keep all others waiting for ever. */
  function tellRefused({ id, providerSlug, modelSlug }: HealthCheck, error: unknown): void {
    const fault = describeFault(storageFault(error), sqlStateOf(error));
    const fields = { id, model: `${providerSlug}/${modelSlug}`, fault };
    log.error('A health check is not kept: the database refuses it.', fields);
  }

  function schedule(inMs: number): void {
    timer ??= timers.after(inMs, () => {
      timer = undefined;
      rounds.ask().catch((err: unknown) => {
        reportFault(log, 'What probes have shown could not be written; it is tried again.', err);
        schedule(RETRY_MS);
      });
    });
  }

  return {
    record(check) {
      unwritten.push(check);
      if (unwritten.length > MOST_UNWRITTEN) {
        unwritten.shift();
        forgotten += 1;
      }
      schedule(GATHER_MS);
    },
    flush: () => rounds.ask(),
    async [Symbol.asyncDispose]() {
      timer?.[Symbol.dispose]();
      await rounds.ask().catch((err: unknown) => {
        reportFault(log, 'The last of what probes have shown is not written.', err, {
          checks: unwritten.length,
        });
      });
      timer?.[Symbol.dispose]();
    },
  };
}
