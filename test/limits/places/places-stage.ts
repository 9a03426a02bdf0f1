import type { Replication } from '../../../src/fleet/replication.service.ts';
import { createReplication } from '../../../src/fleet/replication.service.ts';
import type { PartExchange } from '../../../src/fleet/replication.ts';
import { createPlaces, type Places } from '../../../src/limits/places/places.service.ts';
import type { HeldPlace } from '../../../src/limits/places/places.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { createManualTime, type ManualTime } from '../../support/time/manual-time.ts';
import { catalogOf, type Configured } from '../limits-stage.ts';

/** An instance's places for calls of `one/a` and `one/b`, which share a provider, and of `two/a`. */
export interface PlacesStage extends AsyncDisposable {
  readonly places: Places;
  readonly replication: Replication;
  configure(configured: Configured): void;
  /** Takes a place; 0, or how long to wait. */
  take(key?: string, recoveredAt?: number | null): number;
  giveBack(key?: string): void;
  /** Waits for a place of one of these; its name is told once it has one. */
  wait(name: string, keys?: readonly string[], signal?: AbortSignal): Promise<HeldPlace>;
  /** Those who have had their place, in that order. */
  readonly served: string[];
}

export interface PlacesStageOptions {
  readonly configured?: Configured;
  readonly time?: ManualTime;
  readonly exchange?: PartExchange | null;
  readonly hint?: () => void;
}

export const targetOf = (key: string) => ({ key, providerSlug: key.slice(0, key.indexOf('/')) });

/** Opens an instance: alone, unless it is given others. */
export function openPlaces(options: PlacesStageOptions = {}): PlacesStage & { readonly time: ManualTime } {
  const { exchange = null, hint = () => {}, time = createManualTime() } = options;
  let catalog = catalogOf(1, options.configured);
  const replication = createReplication({ ...time, exchange, hint, log: silentLog });
  const places = createPlaces({
    ...{ ...time, replication, catalog: () => catalog },
    ...{ isShared: exchange !== null, recoveredAtStart: () => null },
  });
  const served: string[] = [];
  return {
    ...{ places, replication, time, served },
    configure: (configured) => void (catalog = catalogOf(catalog.version + 1, configured)),
    take: (key = 'one/a', recoveredAt = null) => places.take(targetOf(key), recoveredAt),
    giveBack: (key = 'one/a') => places.giveBack(targetOf(key)),
    async wait(name, keys = ['one/a'], signal = new AbortController().signal) {
      const place = await places.wait(keys.map(targetOf), signal);
      served.push(name);
      return place;
    },
    [Symbol.asyncDispose]: () => replication[Symbol.asyncDispose](),
  };
}
