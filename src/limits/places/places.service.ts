import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { Replication } from '../../fleet/replication.service.ts';
import type { Clock } from '../../system/clock.ts';
import type { Timers } from '../../system/timers.ts';
import { countCall } from './call-rate.ts';
import { createPlaceLine, type AwaitedPlace } from './place-line.service.ts';
import {
  crowdedMs,
  demandOf,
  mergeRampParts,
  noteRecovery,
  openModelPlaces,
  takeFromModel,
  type HeldPlace,
  type ModelPlaces,
  type ProviderPlaces,
} from './places.ts';
import { rampPartOf, replicateRamps } from './replicate-ramps.ts';

/** A model that a call is about to be made of. */
export interface PlaceTarget {
  readonly key: string;
  readonly providerSlug: string;
}

/**
 * Places for calls: how many of a model or its provider may be in flight here, and how many a model is given that has
 * just recovered. Whoever has taken one gives it back. Everything is decided from memory.
 */
export interface Places {
  /**
   * Takes a place; 0, or the milliseconds after which there may be one. `recoveredAt`: when its breaker has closed
   * last, null: never; undefined: this call is not among those that a closed breaker has let through.
   */
  take(target: PlaceTarget, recoveredAt: number | null | undefined): number;
  /** What `take` would say, but for the ramp; takes nothing. */
  waitMsOf(target: PlaceTarget): number;
  giveBack(target: PlaceTarget): void;
  /** Waits for a place of the first of these models that has one; see `PlaceLine.wait`. */
  wait(targets: readonly PlaceTarget[], signal: AbortSignal): Promise<HeldPlace>;
  /** A model's breaker may have closed; `recoveredAt` as above. */
  note(target: PlaceTarget, recoveredAt: number | null): void;
}

export interface PlacesOptions {
  readonly replication: Pick<Replication, 'add'>;
  /** Whether there may be other instances. */
  readonly isShared: boolean;
  readonly catalog: () => Pick<CatalogView, 'version' | 'model' | 'provider'>;
  /** When a model's breaker had closed last, as this instance started; null: never. */
  readonly recoveredAtStart: (key: string) => number | null;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** After how long to ask again where others wait: their turn comes first. */
const BEHIND_OTHERS_MS = 1_000;

/** None is taken. */
export function createPlaces(options: PlacesOptions): Places {
  const { isShared, clock, timers } = options;
  const nowMs = () => Math.floor(clock.monotonicMs());
  const line = createPlaceLine(timers);
  const { modelOf, begin, tell } = createModels(options, ({ waiting }) => {
    if (waiting > 0) line.serve();
  });

  /** Takes a place of one that has room; `isNext`: nobody has waited longer. */
  function take(model: ModelPlaces, isNext: boolean): number {
    readBounds(model, options);
    const fullMs = crowdedMs(model);
    if (fullMs > 0) return fullMs;
    if (model.ramp !== null) {
      tell(model);
      if (!isNext && model.waiting > 0) return BEHIND_OTHERS_MS;
      const waitMs = takeFromModel(model, isShared, nowMs());
      if (waitMs > 0) return waitMs;
    }
    hold(model);
    countCall(model.made, nowMs());
    return 0;
  }

  function giveBack(model: ModelPlaces): void {
    model.inFlight -= 1;
    model.provider.inFlight -= 1;
    if (model.provider.waiting > 0) line.serve();
  }

  function awaited(target: PlaceTarget): AwaitedPlace {
    const model = modelOf(target);
    return {
      key: target.key,
      take: () => take(model, true),
      giveBack: () => giveBack(model),
      await(by) {
        model.waiting += by;
        model.provider.waiting += by;
        if (model.ramp !== null) tell(model);
      },
    };
  }

  return {
    take(target, recoveredAt) {
      const model = modelOf(target);
      if (recoveredAt === undefined) {
        // A call that tries the model comes before its recovery.
        readBounds(model, options);
        const fullMs = crowdedMs(model);
        if (fullMs === 0) hold(model);
        return fullMs;
      }
      if (model.recoveredAt !== recoveredAt) begin(model, recoveredAt);
      if (model.ramp !== null) countCall(model.asked, nowMs());
      return take(model, false);
    },
    waitMsOf(target) {
      const model = modelOf(target);
      readBounds(model, options);
      return crowdedMs(model);
    },
    giveBack: (target) => giveBack(modelOf(target)),
    wait: (targets, signal) => line.wait(targets.map(awaited), signal),
    note: (target, recoveredAt) => begin(modelOf(target), recoveredAt),
  };
}

/** What is known of each model, and what the others are told of it. `onNews`: of what they have told. */
function createModels(options: PlacesOptions, onNews: (model: ModelPlaces) => void) {
  const { replication, recoveredAtStart, clock } = options;
  const models = new Map<string, ModelPlaces>();
  const providers = new Map<string, ProviderPlaces>();
  const nowMs = () => Math.floor(clock.monotonicMs());
  const replica = replication.add(replicateRamps(models, onNews));

  /** What the others have told before this instance had any use for it. */
  function takeUp(model: ModelPlaces): void {
    const now = nowMs();
    const parts = replica.partsOf(model.key);
    if (parts.length > 0) {
      mergeRampParts(
        model,
        parts.flatMap((part) => rampPartOf(part, now)),
        now,
      );
    }
  }

  /** Tells the others what this instance wants: at once when they do not know yet that it wants anything. */
  function tell(model: ModelPlaces): void {
    const now = nowMs();
    if (model.toldAtMs !== null || demandOf(model, now) === 0) return replica.changed(model.key);
    model.toldAtMs = now;
    replica.changedNow(model.key);
  }

  return {
    tell,
    modelOf({ key, providerSlug }: PlaceTarget): ModelPlaces {
      const present = models.get(key);
      if (present !== undefined) return present;
      const provider = providers.get(providerSlug) ?? { inFlight: 0, waiting: 0 };
      providers.set(providerSlug, provider);
      const model = openModelPlaces(key, provider, { recoveredAt: recoveredAtStart(key), now: nowMs() });
      models.set(key, model);
      takeUp(model);
      return model;
    },
    begin(model: ModelPlaces, recoveredAt: number | null): void {
      if (!noteRecovery(model, recoveredAt, nowMs())) return;
      takeUp(model);
      tell(model);
    },
  };
}

function hold(model: ModelPlaces): void {
  model.inFlight += 1;
  model.provider.inFlight += 1;
}

/** Bounds are looked up once for each version of the catalog. */
function readBounds(model: ModelPlaces, { catalog }: PlacesOptions): void {
  const view = catalog();
  if (model.bounds.version === view.version) return;
  const found = view.model(model.key);
  model.bounds = {
    version: view.version,
    model: found?.model.maxConcurrent ?? null,
    provider: found?.provider.maxConcurrent ?? null,
  };
}
