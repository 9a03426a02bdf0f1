import type { Network } from './network.ts';

/** What callers may hold at once, and how often they may ask for what is not `route`. */
export interface EdgeLimits {
  /** Proxies that are trusted to say for whom they ask. */
  readonly trustedProxies: readonly Network[];
  readonly connectionsPerAddress: number;
  readonly socketsPerKey: number;
  readonly subscriptionsPerKey: number;
  /** In any minute, each. */
  readonly perMinute: {
    readonly requestsPerKey: number;
    readonly requestsPerAddress: number;
    readonly failedKeysPerAddress: number;
    readonly subscriptionsPerKey: number;
    readonly mutationsPerKey: number;
  };
}
