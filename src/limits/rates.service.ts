import type { Replication } from '../fleet/replication.service.ts';
import type { Clock } from '../system/clock.ts';
import { RateLimitedError } from '../system/expected-error.ts';
import { quotaWaitMs, settleQuota, takeQuota, type QuotaLimits } from './quota.ts';
import { createSharedWindows } from './shared-windows.service.ts';

/** What is counted by the minute beside routed calls, and what a caller who has used it up is told. */
export const rateSentences = {
  requestsPerKey: 'This API key may ask for {most} operations a minute beside routed calls.',
  requestsPerAddress: 'This address may ask for {most} operations a minute beside routed calls.',
  failedKeysPerAddress: 'Too many wrong keys came from this address.',
  subscriptionsPerKey: 'This API key may start {most} subscriptions a minute.',
  mutationsPerKey: 'This API key may make {most} changes a minute.',
} as const;

/** A kind of thing that is counted by the minute. */
export type RateKind = keyof typeof rateSentences;

/** Holds keys and addresses to so many things of each kind in any minute, from memory alone. */
export interface Rates {
  /** Counts one, or so many at once. Throws RateLimitedError when that would be more than the minute has room for. */
  take(kind: RateKind, name: string, count?: number): void;
  /** Counts so many that have been done, whatever the minute has room for: the next has to wait for it. */
  owe(kind: RateKind, name: string, count: number): void;
  /** In how many milliseconds one more would be admitted; 0: now. Counts nothing. */
  waitMs(kind: RateKind, name: string): number;
}

export interface RatesOptions {
  /** The most of each kind in any minute. */
  readonly perMinute: Readonly<Record<RateKind, number>>;
  /** What tells the other instances, and this one of theirs. */
  readonly replication: Pick<Replication, 'add'>;
  readonly clock: Clock;
}

/** Keys and addresses that are followed at most: whoever has many addresses must not fill the memory by them. */
const MOST_NAMES = 20_000;

/** Shared by the instances of a fleet as quotas are. */
export function createRates({ perMinute, replication, clock }: RatesOptions): Rates {
  const ofKind = (kind: RateKind) => {
    const shared = createSharedWindows({ kind, replication, clock, mostNames: MOST_NAMES });
    const limits: QuotaLimits = { requestsPerMinute: null, tokensPerMinute: perMinute[kind] };
    return { ...shared, limits };
  };
  const kinds: Readonly<Record<RateKind, ReturnType<typeof ofKind>>> = {
    requestsPerKey: ofKind('requestsPerKey'),
    requestsPerAddress: ofKind('requestsPerAddress'),
    failedKeysPerAddress: ofKind('failedKeysPerAddress'),
    subscriptionsPerKey: ofKind('subscriptionsPerKey'),
    mutationsPerKey: ofKind('mutationsPerKey'),
  };
  return {
    take(kind, name, count = 1) {
      const { windowOf, changed, now, limits } = kinds[kind];
      // More at once than a minute has room for is admitted by an empty one: nobody could ask for it otherwise.
      const wanted = Math.min(count, perMinute[kind]);
      const verdict = takeQuota(windowOf(name), limits, wanted, now());
      if (verdict.admitted) return changed(name);
      const sentence = rateSentences[kind].replace('{most}', String(perMinute[kind]));
      throw new RateLimitedError(sentence, verdict.retryAfterMs);
    },
    owe(kind, name, count) {
      const { windowOf, changed, now } = kinds[kind];
      const atMs = now();
      const nothing = { untilMs: atMs, requests: 0, tokens: 0 };
      settleQuota(windowOf(name), nothing, { tokens: count, exact: true }, atMs);
      changed(name);
    },
    waitMs(kind, name) {
      const { known, now, limits } = kinds[kind];
      const window = known(name);
      return window === undefined ? 0 : (quotaWaitMs(window, limits, 1, now()) ?? 0);
    },
  };
}
