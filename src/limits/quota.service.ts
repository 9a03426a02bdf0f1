import type { Clock } from '../system/clock.ts';
import type { Replication } from '../fleet/replication.service.ts';
import { RateLimitedError } from '../system/expected-error.ts';
import {
  isIdle,
  openQuotaWindow,
  settleQuota,
  takeQuota,
  type QuotaLimits,
  type QuotaWindow,
  type TokenUse,
} from './quota.ts';
import { mergeUses, usesPart } from './use-row.ts';

/** Holds callers to the calls and tokens a minute of their API keys, from memory alone. */
export interface QuotaService {
  /**
   * Counts one call of the key's and reserves the tokens that it may take, which are asked for only where they are
   * limited. Throws RateLimitedError when that would pass a limit; the refused call counts for nothing.
   */
  take(keyId: string, tokens: () => number): QuotaGrant;
}

/** A call that was admitted. Disposing of one that was not settled says that it used no tokens. */
export interface QuotaGrant extends Disposable {
  /** Puts the tokens really used in the place of those reserved. Only the first time counts. */
  settle(used: TokenUse): void;
}

export interface QuotaServiceOptions {
  /** The limits of a key; undefined: there is no such key, or not any more. */
  readonly limitsOf: (keyId: string) => QuotaLimits | undefined;
  /** What tells the other instances, and this one of theirs. */
  readonly replication: Pick<Replication, 'add'>;
  readonly clock: Clock;
}

/** Windows are looked through for idle ones when there are twice as many as were left, and at least so many. */
const LEAST_SWEPT = 64;

const unlimited: QuotaLimits = { requestsPerMinute: null, tokensPerMinute: null };
const ungoverned: QuotaGrant = { settle: () => {}, [Symbol.dispose]: () => {} };

/**
 * Counts in this process. Where there are other instances, what they have admitted of any key comes in the
 * background, a moment late; while they cannot be reached, each goes on by what it knows.
 */
export function createQuotaService({ limitsOf, replication, clock }: QuotaServiceOptions): QuotaService {
  const windows = new Map<string, QuotaWindow>();
  let sweepAtSize = LEAST_SWEPT;
  const now = () => Math.floor(clock.monotonicMs());

  const replica = replication.add({
    kind: 'quota',
    names: () => windows.keys(),
    localPart(keyId, nowMs) {
      const window = windows.get(keyId);
      return window === undefined ? null : usesPart(window, nowMs);
    },
    isInUse: (keyId) => windows.has(keyId),
    merge: (keyId, parts, nowMs) => mergeUses(windowOf(keyId), parts, nowMs),
  });

  function windowOf(keyId: string): QuotaWindow {
    const known = windows.get(keyId);
    if (known !== undefined) return known;
    if (windows.size >= sweepAtSize) dropIdle();
    const window = openQuotaWindow();
    mergeUses(window, replica.partsOf(keyId), now());
    windows.set(keyId, window);
    return window;
  }

  function dropIdle(): void {
    for (const [keyId, window] of windows) if (isIdle(window, now())) windows.delete(keyId);
    sweepAtSize = Math.max(LEAST_SWEPT, 2 * windows.size);
  }

  return {
    take(keyId, tokens) {
      const limits = limitsOf(keyId) ?? unlimited;
      const { requestsPerMinute, tokensPerMinute } = limits;
      if (requestsPerMinute === null && tokensPerMinute === null) return ungoverned;
      const wanted = tokensPerMinute === null ? 0 : tokens();
      const verdict = takeQuota(windowOf(keyId), limits, wanted, now());
      if (!verdict.admitted) throw refusal(limits, wanted, verdict.retryAfterMs);
      replica.changed(keyId);
      const { reservation } = verdict;
      let open = tokensPerMinute !== null;
      const settle = (used: TokenUse): void => {
        if (!open) return;
        open = false;
        settleQuota(windowOf(keyId), reservation, used, now());
        replica.changed(keyId);
      };
      return { settle, [Symbol.dispose]: () => settle({ tokens: 0, exact: true }) };
    },
  };
}

function refusal(limits: QuotaLimits, tokens: number, retryAfterMs: number | null): RateLimitedError {
  const { requestsPerMinute, tokensPerMinute } = limits;
  if (retryAfterMs === null) {
    return new RateLimitedError(
      `This call may take ${tokens} tokens and its API key has ${tokensPerMinute} a minute: lower maxOutputTokens.`,
      null,
    );
  }
  const parts = [
    ...(requestsPerMinute === null ? [] : [`${requestsPerMinute} calls`]),
    ...(tokensPerMinute === null ? [] : [`${tokensPerMinute} tokens`]),
  ];
  return new RateLimitedError(
    `The quota of this API key is used up: ${parts.join(' and ')} a minute.`,
    retryAfterMs,
  );
}
