import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import { openRedis, type RedisConnection } from '../fleet/connection.redis.ts';
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
  readonly redisUrl: string | null;
  readonly bus: Bus;
  /** The quota of an API key; undefined: there is no such key, or not any more. */
  readonly quotaOf: (keyId: string) => QuotaLimits | undefined;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** Nothing is used up yet, as far as this instance knows: what the others know comes in the background. */
export async function createLimits(options: LimitsOptions): Promise<Limits> {
  const { redisUrl, quotaOf, bus, random } = options;
  await using stack = new AsyncDisposableStack();
  const redis = redisUrl === null ? null : stack.use(openConnection(redisUrl, options));
  const instanceId = random.uuid();
  let hints = 0;
  const replication = stack.use(
    createReplication({
      ...options,
      exchange: redis && createRedisPartExchange(redis, instanceId),
      // The key says who asks, so that nobody looks because of itself.
      hint: () => bus.publish({ topic: 'limits', key: instanceId, seq: (hints += 1) }),
    }),
  );
  const listening = await bus.subscribe('limits', ({ key }) =>
    key === instanceId ? undefined : replication.exchangeNow(),
  );
  stack.use(listening);
  const parts = { ...options, replication };
  const owned = stack.move();
  return {
    quota: createQuotaService({ ...parts, limitsOf: quotaOf }),
    providerLimits: createProviderLimits(parts),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the loss of the connection means is its users' to say, at the first exchange that fails. */
function openConnection(url: string, { timers, random }: LimitsOptions): RedisConnection {
  return openRedis({ url, timers, random, onUp: () => {}, onDown: () => {} });
}
