import type { Clock } from '../system/clock.ts';
import { RateLimitedError } from '../system/expected-error.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import {
  isIdle,
  learnQuota,
  openQuotaWindow,
  settleQuota,
  shareQuota,
  takeQuota,
  type QuotaLimits,
  type QuotaWindow,
  type TokenUse,
} from './quota.ts';
import type { QuotaExchange } from './quota-exchange.ts';

/** How often instances tell each other what they have admitted, while there is something to tell. */
const EXCHANGE_MS = 250;

/** Holds callers to the calls and tokens a minute of their API keys, from memory alone. */
export interface QuotaService extends AsyncDisposable {
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
  /** Null: this instance is the only one. */
  readonly exchange: QuotaExchange | null;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const unlimited: QuotaLimits = { requestsPerMinute: null, tokensPerMinute: null };
const ungoverned: QuotaGrant = { settle: () => {}, [Symbol.dispose]: () => {} };

/**
 * Counts in this process. Where there are other instances, what they have admitted is learnt in the background, a
 * moment late; while they cannot be reached, each goes on by what it knows.
 */
export function createQuotaService(options: QuotaServiceOptions): QuotaService {
  const { limitsOf, exchange, clock, timers, log } = options;
  const windows = new Map<string, QuotaWindow>();
  let timer: Disposable | undefined;
  let running: Promise<void> = Promise.resolve();
  let away = false;
  let closed = false;
  const now = () => Math.floor(clock.monotonicMs());

  function windowOf(keyId: string): QuotaWindow {
    const known = windows.get(keyId);
    if (known !== undefined) return known;
    // The moment at which memory grows is when what idle callers have left can go.
    dropIdle();
    const window = openQuotaWindow();
    windows.set(keyId, window);
    return window;
  }

  function dropIdle(): void {
    for (const [keyId, window] of windows) if (isIdle(window, now())) windows.delete(keyId);
  }

  function schedule(): void {
    if (exchange === null || closed) return;
    timer ??= timers.after(EXCHANGE_MS, () => {
      running = exchangeUses(exchange).finally(() => {
        timer = undefined;
        if (windows.size > 0) schedule();
      });
    });
  }

  async function exchangeUses(others: QuotaExchange): Promise<void> {
    dropIdle();
    if (windows.size === 0) return;
    const own = new Map([...windows].map(([keyId, window]) => [keyId, shareQuota(window, now())]));
    try {
      const told = await others.exchange(own);
      for (const [keyId, uses] of told) learnQuota(windowOf(keyId), uses, now());
      if (away) log.info('Instances share the use of quotas again.');
      away = false;
    } catch (err) {
      if (!away)
        log.warn('The use of quotas cannot be shared; each instance limits what it admits itself.', { err });
      away = true;
    }
  }

  return {
    take(keyId, tokens) {
      const limits = limitsOf(keyId) ?? unlimited;
      const { requestsPerMinute, tokensPerMinute } = limits;
      if (requestsPerMinute === null && tokensPerMinute === null) return ungoverned;
      const wanted = tokensPerMinute === null ? 0 : tokens();
      const verdict = takeQuota(windowOf(keyId), limits, wanted, now());
      schedule();
      if (!verdict.admitted) throw refusal(limits, wanted, verdict.retryAfterMs);
      const { reservation } = verdict;
      let open = tokensPerMinute !== null;
      const settle = (used: TokenUse): void => {
        if (open) settleQuota(windowOf(keyId), reservation, used, now());
        open = false;
      };
      return { settle, [Symbol.dispose]: () => settle({ tokens: 0, exact: true }) };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      timer?.[Symbol.dispose]();
      await running;
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
