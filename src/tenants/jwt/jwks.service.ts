import type { Clock } from '../../system/clock.ts';
import type { Log } from '../../system/log.ts';
import { singleFlight } from '../../system/one-at-a-time.ts';
import { createOutage } from '../../system/outage.ts';
import { repeat } from '../../system/repeat.ts';
import type { Timers } from '../../system/timers.ts';
import { usableKeys, type KeySet, type ReadJwks } from './jwks.ts';

/** How often the keys are read anew: one that its issuer has withdrawn is good for no longer. */
export const REFRESH_MS = 5 * 60_000;

/** How long the issuer may take to answer. */
export const READ_TIMEOUT_MS = 5_000;

/** For how long keys are good that cannot be read anew, because their issuer is away. */
export const STALE_MS = 24 * 60 * 60_000;

/** Tokens by unknown keys have the keys read so often at once, and then once in so long. */
export const lookUps = { atOnce: 3, everyMs: 10_000 } as const;

/** The keys of the issuer, kept in memory. */
export interface Jwks extends AsyncDisposable {
  /** The keys as last read; undefined: never, or too long ago. */
  current(): KeySet | undefined;
  /**
   * Somebody shows a token by a key that is not among them. Resolves, and never rejects, when the keys have been read
   * anew; at once when that has been done often enough lately.
   */
  lookUp(): Promise<void>;
}

export interface JwksOptions {
  readonly read: ReadJwks;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Begins to read the keys, and goes on reading them from time to time. */
export function createJwks({ read, clock, timers, log }: JwksOptions): Jwks {
  const closing = new AbortController();
  let known: { readonly keys: KeySet; readonly readMs: number } | undefined;
  let allowance: number = lookUps.atOnce;
  let countedMs = clock.monotonicMs();
  const outage = createOutage(log, {
    begun: 'The keys that tokens are signed by cannot be read; those that are known stay good for a day.',
    ended: 'The keys that tokens are signed by are read again.',
  });

  const refresh = singleFlight(async () => {
    const limit = new AbortController();
    using _timer = timers.after(READ_TIMEOUT_MS, () =>
      limit.abort(new Error('The issuer did not answer in time.')),
    );
    try {
      const keys = usableKeys(await read(AbortSignal.any([limit.signal, closing.signal])));
      if (keys === undefined)
        throw new Error('The issuer publishes no key that signatures can be checked by.');
      const isSame = known?.keys.fingerprint === keys.fingerprint;
      known = { keys: isSame && known !== undefined ? known.keys : keys, readMs: clock.monotonicMs() };
      outage.end();
    } catch (err) {
      if (!closing.signal.aborted) outage.begin({ err });
    }
  });

  /** Takes one look-up from those that are allowed now. */
  function mayLookUp(): boolean {
    const nowMs = clock.monotonicMs();
    allowance = Math.min(lookUps.atOnce, allowance + (nowMs - countedMs) / lookUps.everyMs);
    countedMs = nowMs;
    if (allowance < 1) return false;
    allowance -= 1;
    return true;
  }

  let underWay: Promise<void> | undefined = refresh().finally(() => (underWay = undefined));
  const refreshing = repeat(timers, REFRESH_MS, refresh);
  return {
    current: () =>
      known !== undefined && clock.monotonicMs() - known.readMs <= STALE_MS ? known.keys : undefined,
    lookUp() {
      if (underWay === undefined) {
        if (!mayLookUp()) return Promise.resolve();
        underWay = refresh().finally(() => (underWay = undefined));
      }
      return underWay;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await refreshing[Symbol.asyncDispose]();
      await underWay;
    },
  };
}
