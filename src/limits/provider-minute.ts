import { headroomPermille } from './meter.ts';
import { openQuotaWindow, takeQuota, usedWithin, type QuotaLimits, type QuotaWindow } from './quota.ts';

/**
 * What all models of a provider have used within the last minute, where an operator has configured how much they
 * may: the same sliding window that holds callers to their quotas.
 */
export interface ProviderMinute {
  readonly window: QuotaWindow;
  /** What was last worked out; every candidate of the provider in every plan asks for it. */
  measured: MinuteMeasures | null;
}

/** How much of a configured allowance is left. */
export interface MinuteMeasures {
  readonly atMs: number;
  /** As they stand in one version of the catalog. */
  readonly limits: QuotaLimits;
  /** Null where there is no limit. */
  readonly remaining: { readonly requests: number | null; readonly tokens: number | null };
  readonly headroomPermille: number;
  /** Milliseconds until the smallest call is admitted; 0: it is now. */
  readonly waitMs: number;
}

/** A provider of which nothing has been used yet. */
export function openProviderMinute(): ProviderMinute {
  return { window: openQuotaWindow(), measured: null };
}

/** Whether an operator holds the provider to anything. */
export function isConfigured({ requestsPerMinute, tokensPerMinute }: QuotaLimits): boolean {
  return requestsPerMinute !== null || tokensPerMinute !== null;
}

/** What is left of the minute. `now` never decreases from call to call. */
export function measureMinute(minute: ProviderMinute, limits: QuotaLimits, now: number): MinuteMeasures {
  const { measured } = minute;
  if (measured !== null && measured.atMs === now && measured.limits === limits) return measured;
  const used = usedWithin(minute.window, now);
  const remaining = {
    requests: left(limits.requestsPerMinute, used.requests),
    tokens: left(limits.tokensPerMinute, used.tokens),
  };
  minute.measured = {
    ...{ atMs: now, limits, remaining },
    headroomPermille: Math.min(
      share(remaining.requests, limits.requestsPerMinute),
      share(remaining.tokens, limits.tokensPerMinute),
    ),
    waitMs: remaining.requests === 0 || remaining.tokens === 0 ? smallestWaitMs(minute, limits, now) : 0,
  };
  return minute.measured;
}

/** Nothing remains, so that even the smallest call is refused, and a refused call counts for nothing. */
function smallestWaitMs(minute: ProviderMinute, limits: QuotaLimits, now: number): number {
  const verdict = takeQuota(minute.window, limits, 1, now);
  return verdict.admitted ? 0 : (verdict.retryAfterMs ?? 0);
}

function left(limit: number | null, used: number): number | null {
  return limit === null ? null : Math.max(0, limit - used);
}

function share(remaining: number | null, limit: number | null): number {
  return remaining === null || limit === null ? 1000 : headroomPermille(remaining, limit);
}
