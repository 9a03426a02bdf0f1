import type { Db } from '../storage/database.ts';
import { batched } from '../system/batched.ts';
import { healthWindows, type HealthBucket, type HealthSummary, type HealthWindow } from './history.ts';
import { readLastWords, readSeries, readSummaries } from './history.store.ts';

/** What health checks have shown so far. Rejects when the database is away. */
export interface HealthHistory {
  /** Null: the model was never probed, or so long ago that nothing is kept. Look-ups of one turn are one statement. */
  summaryOf(key: string, window: HealthWindow): Promise<HealthSummary | null>;
  /** What a provider last said when it refused a probe for good; null: nothing is kept. */
  lastWordsOf(providerSlug: string): Promise<string | null>;
  /** The window in so many equal parts, oldest first. */
  series(
    model: { readonly providerSlug: string; readonly modelSlug: string },
    window: HealthWindow,
    buckets: number,
  ): Promise<readonly HealthBucket[]>;
}

/** Reads the stored checks. */
export function createHealthHistory(db: Db): HealthHistory {
  const look = (window: HealthWindow) =>
    batched<string, HealthSummary>((keys) => readSummaries(db, keys, healthWindows[window]));
  const looks: Readonly<Record<HealthWindow, ReturnType<typeof look>>> = {
    LAST_15_MINUTES: look('LAST_15_MINUTES'),
    LAST_HOUR: look('LAST_HOUR'),
    LAST_DAY: look('LAST_DAY'),
    LAST_WEEK: look('LAST_WEEK'),
  };
  const words = batched<string, string>((slugs) => readLastWords(db, slugs));
  return {
    summaryOf: async (key, window) => (await looks[window](key)) ?? null,
    lastWordsOf: async (providerSlug) => (await words(providerSlug)) ?? null,
    series: (model, window, buckets) => readSeries(db, model, { windowMs: healthWindows[window], buckets }),
  };
}
