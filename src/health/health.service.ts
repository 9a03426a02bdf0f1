import type { Breakers } from '../breakers/breaker.service.ts';
import type { Calls } from '../calls/calls.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import { answerLimitMs } from '../storage/answer-limit.ts';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import { startSweeping } from '../system/sweeper.ts';
import { reportFault } from '../storage/outage/report-fault.ts';
import type { Timers } from '../system/timers.ts';
import { createCheckWriter } from './check-writer.service.ts';
import { createClaims } from './claims.service.ts';
import { deleteOldHealthChecks } from './health-check.store.ts';
import { checkOf } from './health-check.ts';
import { createHealthHistory, type HealthHistory } from './history.service.ts';
import { startMonitor, type Monitor } from './monitor.service.ts';
import { createModelProbes, type ModelProbes } from './probe-model.service.ts';

/** How the monitor probes, as the operator has said. */
export interface ProbeSettings {
  readonly enabled: boolean;
  /** Of all models that the catalog says nothing of, milliseconds; null: not said. */
  readonly intervalMs: number | null;
  /** What all probes of the fleet may cost in any hour, integer micro-USD. */
  readonly capMicroUsd: number;
  /** How long checks are kept. */
  readonly retentionDays: number;
}

/** What is known of models by probes of our own. Disposing ends those and writes down what they have shown. */
export interface Health extends AsyncDisposable {
  readonly history: HealthHistory;
  readonly probes: ModelProbes;
  /** The wall clock: milliseconds since the epoch. */
  now(): number;
  /** Whether a probe of this model comes by itself when its breaker waits for one. */
  watches(key: string): boolean;
}

export interface HealthOptions {
  readonly settings: ProbeSettings;
  readonly database: Database;
  readonly calls: Pick<Calls, 'probe' | 'onProbe'>;
  readonly breakers: Pick<Breakers, 'isShut' | 'isProbeDue'>;
  readonly limits: Pick<ProviderLimits, 'refusalOf' | 'measuresOf' | 'lift'>;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** A claim that is not renewed for so long is another instance's to make. */
const MOST_LEASE_MS = 2_000;
const LEAST_LEASE_MS = 300;

const SWEEP_INTERVAL_MS = 600_000;
const SWEEP_BATCH = 2_000;
const DAY_MS = 24 * 3_600_000;

/** Begins to probe, unless the operator has said not to, and to forget what is not kept any more. */
export function createHealth(options: HealthOptions): Health {
  const { settings, database, calls, clock } = options;
  const db = database.prisma;
  const owned = new AsyncDisposableStack();
  const writer = owned.use(createCheckWriter({ ...options, db }));
  calls.onProbe((sent) => {
    const check = checkOf(sent, clock.monotonicMs());
    if (check !== null) writer.record(check);
  });
  owned.use(
    startSweeping({
      ...options,
      intervalMs: SWEEP_INTERVAL_MS,
      batchSize: SWEEP_BATCH,
      sweepBatch: () => deleteOldHealthChecks(db, settings.retentionDays * DAY_MS, SWEEP_BATCH),
      onFailure: (error) =>
        reportFault(
          options.log,
          'Old health checks could not be deleted; the next sweep tries again.',
          error,
        ),
    }),
  );
  const monitor = settings.enabled ? owned.use(monitorOf(options)) : null;
  return {
    history: createHealthHistory(db),
    probes: createModelProbes({ ...options, writer }),
    now: () => clock.now(),
    watches: (key) => monitor?.watches(key) ?? false,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function monitorOf(options: HealthOptions): Monitor {
  const { settings, database, calls } = options;
  const { intervalMs, capMicroUsd } = settings;
  const wishedMs = (intervalMs ?? Infinity) / 2;
  const leaseMs = Math.min(MOST_LEASE_MS, Math.max(LEAST_LEASE_MS, wishedMs));
  const limitMs = () => answerLimitMs(database);
  const claims = createClaims({ ...options, db: database.prisma, limitMs, capMicroUsd, leaseMs });
  return startMonitor({ ...options, claims, probe: calls.probe, intervalMs, capMicroUsd, leaseMs });
}
