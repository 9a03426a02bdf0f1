import type { Clock } from '../system/clock.ts';
import type { Replication } from '../fleet/replication.service.ts';
import { RateLimitedError } from '../system/expected-error.ts';
import { settleQuota, takeAmounts, type Amounts, type QuotaLimits, type TokenUse } from './quota.ts';
import { createSharedWindows } from './shared-windows.service.ts';

/** Holds callers to the calls and tokens a minute of their API keys, from memory alone. */
export interface QuotaService {
  /**
   * Counts one call of the key's and reserves the tokens that it may take, which are asked for only where they are
   * limited. Throws RateLimitedError when that would pass a limit; the refused call counts for nothing. With
   * `requests` it takes so many of them, each with as many tokens, all or none.
   */
  take(keyId: string, tokens: () => number, requests?: number): QuotaGrant;
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

const unlimited: QuotaLimits = { requestsPerMinute: null, tokensPerMinute: null };
const ungoverned: QuotaGrant = { settle: () => {}, [Symbol.dispose]: () => {} };

/**
 * Counts in this process. Where there are other instances, what they have admitted of any key comes in the
 * background, a moment late; while they cannot be reached, each goes on by what it knows.
 */
export function createQuotaService({ limitsOf, replication, clock }: QuotaServiceOptions): QuotaService {
  const { windowOf, changed, now } = createSharedWindows({ kind: 'quota', replication, clock });

  return {
    take(keyId, tokens, requests = 1) {
      const limits = limitsOf(keyId) ?? unlimited;
      const { requestsPerMinute, tokensPerMinute } = limits;
      if (requestsPerMinute === null && tokensPerMinute === null) return ungoverned;
      const wanted = { requests, tokens: tokensPerMinute === null ? 0 : requests * tokens() };
      const verdict = takeAmounts(windowOf(keyId), limits, wanted, now());
      if (!verdict.admitted) throw refusal(limits, wanted, verdict.retryAfterMs);
      changed(keyId);
      const { reservation } = verdict;
      let open = tokensPerMinute !== null;
      const settle = (used: TokenUse): void => {
        if (!open) return;
        open = false;
        settleQuota(windowOf(keyId), reservation, used, now());
        changed(keyId);
      };
      return { settle, [Symbol.dispose]: () => settle({ tokens: 0, exact: true }) };
    },
  };
}

function refusal(
  limits: QuotaLimits,
  { requests, tokens }: Amounts,
  retryAfterMs: number | null,
): RateLimitedError {
  const { requestsPerMinute, tokensPerMinute } = limits;
  if (retryAfterMs === null && requestsPerMinute !== null && requests > requestsPerMinute) {
    return new RateLimitedError(
      `This vote may take ${requests} calls and its API key has ${requestsPerMinute} a minute: ask fewer voters.`,
      null,
    );
  }
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
