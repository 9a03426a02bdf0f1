import type { Breakers } from '../breakers/breaker.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { Random } from '../system/random.ts';
import type { IntervalTerms } from './probe-interval.ts';
import { probeTargets, type ProbeTarget } from './probe-target.ts';
import type { Candidate } from './schedule.store.ts';

/** The models that the monitor looks after, as the catalog has them at this moment. */
export interface WatchList {
  /** Whether the catalog is another one than at the last such question. */
  hasChanged(): boolean;
  has(key: string): boolean;
  terms(): IntervalTerms;
  /** Those to which a probe could be sent now; to be asked by one who acts on it. */
  candidates(isBusy: (key: string) => boolean): readonly Candidate[];
}

export interface WatchListOptions {
  readonly catalog: () => Pick<CatalogView, 'version' | 'models'>;
  readonly breakers: Pick<Breakers, 'isShut' | 'isProbeDue'>;
  readonly limits: Pick<ProviderLimits, 'refusalOf'>;
  readonly random: Random;
  /** Said by the operator for all models, milliseconds; null: not said. */
  readonly intervalMs: number | null;
}

/** A model that is new is probed within so long. */
const FIRST_WITHIN_MS = 10_000;

/** Reads the catalog when it is asked. */
export function createWatchList(options: WatchListOptions): WatchList {
  const { catalog, breakers, limits, random, intervalMs } = options;
  let version: number | undefined;
  let targets: readonly ProbeTarget[] = [];
  let keys: ReadonlySet<string> = new Set();
  let terms: IntervalTerms = { configuredMs: intervalMs, paidTargets: 0 };
  let held: ReadonlySet<string> = new Set();

  function read(): boolean {
    const view = catalog();
    if (view.version === version) return false;
    version = view.version;
    targets = probeTargets(view);
    keys = new Set(targets.map(({ key }) => key));
    const paidTargets = targets.filter(({ mostMicroUsd }) => mostMicroUsd > 0).length;
    terms = { configuredMs: intervalMs, paidTargets };
    return true;
  }

  function candidate(target: ProbeTarget): Candidate | null {
    const { key } = target;
    const isDue = breakers.isProbeDue(key);
    if (!isDue && breakers.isShut(key)) return null;
    const within = Math.min(target.ownIntervalMs ?? intervalMs ?? FIRST_WITHIN_MS, FIRST_WITHIN_MS);
    // What a pause or hard-down has held back is tried before users find out for us.
    return { target, isRecovery: isDue || held.has(key), firstInMs: random.next() * within };
  }

  return {
    hasChanged: read,
    has: (key) => keys.has(key),
    terms: () => terms,
    candidates(isBusy) {
      const holding = new Set<string>();
      const found = targets.flatMap((target): Candidate[] => {
        const { key, providerSlug } = target;
        if (isBusy(key)) return [];
        if (limits.refusalOf({ key, providerSlug, estimatedTokens: 0 }) !== null) {
          holding.add(key);
          return [];
        }
        const one = candidate(target);
        return one === null ? [] : [one];
      });
      held = holding;
      return found;
    },
  };
}
