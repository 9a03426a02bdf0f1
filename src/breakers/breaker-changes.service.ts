import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import { createChanges, type Changes } from '../events/changes.service.ts';
import type { Timers } from '../system/timers.ts';
import type { BreakerView } from './breaker-view.ts';
import type { Breakers } from './breaker.service.ts';

/** Tells subscribers what has become of the breakers of all models in use. */
export function createBreakerChanges(parts: {
  readonly breakers: Pick<Breakers, 'viewOf' | 'refresh'>;
  readonly catalog: () => CatalogView;
  readonly bus: Bus;
  readonly timers: Timers;
}): Changes<BreakerView> {
  const { breakers, catalog, bus, timers } = parts;
  const isInUse = (key: string) => catalog().model(key)?.model.archivedAt === null;
  return createChanges({
    bus,
    timers,
    collection: {
      topic: 'breakers',
      refresh: async (event) => {
        // What this instance has written itself, or has heard of by now, it need not read again.
        if (event === undefined || breakers.viewOf(event.key).revision < event.seq) await breakers.refresh();
      },
      keys: () => catalog().models.map(({ key }) => key),
      find: (key) => (isInUse(key) ? breakers.viewOf(key) : undefined),
      // An operator's word ends without a write.
      versionOf: ({ revision, state, mode }) => `${revision} ${state} ${mode}`,
    },
  });
}
