/** What a caller may use within any minute; null: as much as it likes. */
export interface QuotaLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

/** What was used, or is reserved. */
export interface Amounts {
  readonly requests: number;
  readonly tokens: number;
}

/** Amounts that count until an instant of this instance's monotonic clock, whole milliseconds. */
export interface Use extends Amounts {
  readonly untilMs: number;
}

/** The tokens that a call took; where that is not exactly known, these at least. */
export interface TokenUse {
  readonly tokens: number;
  readonly exact: boolean;
}

/** For how long a use counts. */
export const QUOTA_WINDOW_MS = 60_000;

/** The most of anything that can be allowed or shown: more is no limit. Sums of many such numbers are exact. */
export const MOST_COUNTED = 2 ** 31 - 1;

/** One caller's uses of the last minute, as this instance knows them: a sliding window, exact to the millisecond. */
export interface QuotaWindow {
  /** What this instance admitted, by the instant until which it counts, the earliest first. */
  readonly local: Map<number, Amounts>;
  localTotal: Amounts;
  /** What other instances admitted, as last read, the earliest to end first. */
  remote: readonly Use[];
  remoteTotal: Amounts;
}

/** Whether a call is admitted; a refusal tells when the same call will be, null: never under these limits. */
export type QuotaVerdict =
  | { readonly admitted: true; readonly reservation: Use }
  | { readonly admitted: false; readonly retryAfterMs: number | null };

const nothing: Amounts = { requests: 0, tokens: 0 };

/** The window of a caller that has used nothing yet. */
export function openQuotaWindow(): QuotaWindow {
  return { local: new Map(), localTotal: nothing, remote: [], remoteTotal: nothing };
}

/**
 * Counts one call and reserves `tokens` for it, unless a limit would be passed within the last minute. `now` never
 * decreases from call to call.
 */
export function takeQuota(
  window: QuotaWindow,
  limits: QuotaLimits,
  tokens: number,
  now: number,
): QuotaVerdict {
  return takeAmounts(window, limits, { requests: 1, tokens }, now);
}

/** The same for several calls that are admitted together or not at all. */
export function takeAmounts(
  window: QuotaWindow,
  limits: QuotaLimits,
  wanted: Amounts,
  now: number,
): QuotaVerdict {
  forget(window, now);
  const retryAfterMs = waitMs(window, limits, wanted, now);
  if (retryAfterMs !== 0) return { admitted: false, retryAfterMs };
  const untilMs = now + QUOTA_WINDOW_MS;
  count(window, untilMs, wanted);
  return { admitted: true, reservation: { untilMs, ...wanted } };
}

/** In how many milliseconds `takeQuota` would admit such a call; 0: now, null: never. Counts nothing. */
export function quotaWaitMs(
  window: QuotaWindow,
  limits: QuotaLimits,
  tokens: number,
  now: number,
): number | null {
  forget(window, now);
  return waitMs(window, limits, { requests: 1, tokens }, now);
}

/**
 * Puts what a call really used in the place of what was reserved. What it did not use is given back if it still
 * counts; what it used beyond counts from now on. Where the use is not exactly known nothing is given back.
 */
export function settleQuota(window: QuotaWindow, reservation: Use, used: TokenUse, now: number): void {
  forget(window, now);
  const tokens = used.tokens - reservation.tokens;
  if (tokens > 0) count(window, now + QUOTA_WINDOW_MS, { requests: 0, tokens });
  else if (used.exact && window.local.has(reservation.untilMs)) {
    count(window, reservation.untilMs, { requests: 0, tokens });
  }
}

/** Whether nothing counts any more, so that the window may be dropped. */
export function isIdle(window: QuotaWindow, now: number): boolean {
  forget(window, now);
  return window.local.size === 0 && window.remote.length === 0;
}

/** What counts now. */
export function usedWithin(window: QuotaWindow, now: number): Amounts {
  forget(window, now);
  return sum(window.localTotal, window.remoteTotal);
}

/** Puts what other instances admitted in the place of what is known of it. */
export function replaceRemote(window: QuotaWindow, uses: readonly Use[], now: number): void {
  window.remote = uses.filter(({ untilMs }) => untilMs > now).sort(byEnd);
  window.remoteTotal = window.remote.reduce(sum, nothing);
}

/** What this instance admitted and still counts. */
export function localUses(window: QuotaWindow, now: number): Use[] {
  forget(window, now);
  return [...window.local].map(([untilMs, amounts]) => ({ untilMs, ...amounts }));
}

/** Drops what no longer counts. */
function forget(window: QuotaWindow, now: number): void {
  for (const [untilMs, amounts] of window.local) {
    if (untilMs > now) break;
    window.local.delete(untilMs);
    window.localTotal = difference(window.localTotal, amounts);
  }
  const [next] = window.remote;
  if (next !== undefined && next.untilMs <= now) replaceRemote(window, window.remote, now);
}

function count(window: QuotaWindow, untilMs: number, amounts: Amounts): void {
  window.local.set(untilMs, sum(window.local.get(untilMs) ?? nothing, amounts));
  window.localTotal = sum(window.localTotal, amounts);
}

/** How long until enough has ended for `wanted` to fit: 0 when it fits now, null when it never will. */
function waitMs(window: QuotaWindow, limits: QuotaLimits, wanted: Amounts, now: number): number | null {
  let counted = sum(window.localTotal, window.remoteTotal);
  if (fits(sum(counted, wanted), limits)) return 0;
  if (!fits(wanted, limits)) return null;
  for (const use of inOrderOfEnd(window)) {
    counted = difference(counted, use);
    if (fits(sum(counted, wanted), limits)) return use.untilMs - now;
  }
  return null;
}

function fits({ requests, tokens }: Amounts, { requestsPerMinute, tokensPerMinute }: QuotaLimits): boolean {
  return requests <= (requestsPerMinute ?? Infinity) && tokens <= (tokensPerMinute ?? Infinity);
}

function* inOrderOfEnd({ local, remote }: QuotaWindow): Generator<Use> {
  let next = 0;
  for (const [untilMs, amounts] of local) {
    for (let use = remote[next]; use !== undefined && use.untilMs <= untilMs; use = remote[next]) {
      yield use;
      next += 1;
    }
    yield { untilMs, ...amounts };
  }
  yield* remote.slice(next);
}

function sum(one: Amounts, other: Amounts): Amounts {
  return { requests: one.requests + other.requests, tokens: one.tokens + other.tokens };
}

function difference(one: Amounts, other: Amounts): Amounts {
  return { requests: one.requests - other.requests, tokens: one.tokens - other.tokens };
}

function byEnd(one: Use, other: Use): number {
  return one.untilMs - other.untilMs;
}
