import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import type { RedisLink } from '../fleet/link.redis.ts';
import { createRedisPartExchange } from '../fleet/part-exchange.redis.ts';
import { createReplication } from '../fleet/replication.service.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createProviderLimits, type ProviderLimits } from './provider-limits.service.ts';
import type { QuotaLimits } from './quota.ts';
import { createQuotaService, type QuotaService } from './quota.service.ts';

/** What callers may ask of us, and what we may ask of providers. */
export interface Limits extends AsyncDisposable {
  readonly quota: QuotaService;
  readonly providerLimits: ProviderLimits;
}

export interface LimitsOptions {
  /** Where instances tell each other what they know; null: this instance is the only one. */
  readonly link: RedisLink | null;
  readonly bus: Bus;
  /** The quota of an API key; undefined: there is no such key, or not any more. */
  readonly quotaOf: (keyId: string) => QuotaLimits | undefined;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** What the others know comes before the first call, and from then on in the background; or not at all. */
export async function createLimits(options: LimitsOptions): Promise<Limits> {
  const { link, quotaOf, bus, random } = options;
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
  const parts = { ...options, replication };
  const quota = createQuotaService({ ...parts, limitsOf: quotaOf });
  const providerLimits = createProviderLimits(parts);
  // What callers have used and what cools already is known before the first call, where Redis can be reached.
  await replication.exchangeNow();
  const owned = stack.move();
  return { quota, providerLimits, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
