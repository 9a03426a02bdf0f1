import type { Breakers } from '../breakers/breaker.service.ts';
import { recoveredAtOf } from '../breakers/rule/breaker.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import type { RedisLink } from '../fleet/link.redis.ts';
import { createRedisPartExchange } from '../fleet/part-exchange.redis.ts';
import { createReplication, type Replication } from '../fleet/replication.service.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createPlaces, type Places } from './places/places.service.ts';
import { createProviderLimits, type ProviderLimits } from './provider-limits.service.ts';
import type { QuotaLimits } from './quota.ts';
import { createQuotaService, type QuotaService } from './quota.service.ts';
import { createRates, type Rates, type RatesOptions } from './rates.service.ts';

/** What callers may ask of us, and what we may ask of providers. */
export interface Limits extends AsyncDisposable {
  readonly quota: QuotaService;
  readonly rates: Rates;
  readonly providerLimits: ProviderLimits;
  /** What else instances tell each other travels with the limits. */
  readonly replication: Pick<Replication, 'add'>;
  readonly places: Places;
}

export interface LimitsOptions {
  /** Where instances tell each other what they know; null: this instance is the only one. */
  readonly link: RedisLink | null;
  readonly bus: Bus;
  /** The quota of an API key; undefined: there is no such key, or not any more. */
  readonly quotaOf: (keyId: string) => QuotaLimits | undefined;
  /** What keys and addresses may ask for beside routed calls. */
  readonly perMinute: RatesOptions['perMinute'];
  readonly catalog: () => CatalogView;
  /** Whose recoveries are to be gentle. */
  readonly breakers: Pick<Breakers, 'viewOf' | 'onChange'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** What the others know comes before the first call, and from then on in the background; or not at all. */
export async function createLimits(options: LimitsOptions): Promise<Limits> {
  const { link, quotaOf, bus, random, breakers } = options;
  await using stack = new AsyncDisposableStack();
  const instanceId = random.uuid();
  let hints = 0;
  const replication = stack.use(
    createReplication({
      ...options,
      exchange: link && createRedisPartExchange(link, instanceId),
      // The key says who asks, so that nobody looks because of itself.
      hint: () => bus.publish({ topic: 'limits', key: instanceId, seq: (hints += 1) }),
    }),
  );
  const listening = await bus.subscribe('limits', ({ key }) =>
    key === instanceId ? undefined : replication.exchangeNow(),
  );
  stack.use(listening);
  const places = createPlaces({
    ...options,
    ...{ replication, isShared: link !== null, recoveredAtStart: recoveriesOf(options) },
  });
  breakers.onChange((key) => {
    const view = breakers.viewOf(key);
    const { providerSlug, state, mode } = view;
    if (state === 'CLOSED' && mode === 'AUTO') places.note({ key, providerSlug }, recoveredAtOf(view));
  });
  const parts = { ...options, replication, places };
  const quota = createQuotaService({ ...parts, limitsOf: quotaOf });
  const rates = createRates(parts);
  const providerLimits = createProviderLimits(parts);
  // What callers have used and what cools already is known before the first call, where Redis can be reached.
  await replication.exchangeNow();
  const owned = stack.move();
  return {
    quota,
    rates,
    providerLimits,
    places,
    replication,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** When the breaker of each model had closed last by now: what has recovered before is not gentle any more. */
function recoveriesOf({ catalog, breakers }: LimitsOptions): (key: string) => number | null {
  const known = new Map<string, number>();
  for (const { key } of catalog().models) {
    const recoveredAt = recoveredAtOf(breakers.viewOf(key));
    if (recoveredAt !== null) known.set(key, recoveredAt);
  }
  return (key) => known.get(key) ?? null;
}
