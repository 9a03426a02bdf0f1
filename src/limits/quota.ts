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

/** Amounts that count for so much longer, whole milliseconds: how instances tell each other, without clocks in common. */
export interface SharedUse extends Amounts {
  readonly leftMs: number;
}

/** The tokens that a call took; where that is not exactly known, these at least. */
export interface TokenUse {
  readonly tokens: number;
  readonly exact: boolean;
}

/** For how long a use counts. */
export const quotaWindowMs = 60_000;

/** How finely uses are told to other instances: rounded up, so that they never count too briefly elsewhere. */
const sharedStepMs = 1000;

/** One caller's uses of the last minute, as this instance knows them: a sliding window, exact to the millisecond. */
export interface QuotaWindow {
  /** This instance's own by the instant until which they count, the earliest first. */
  readonly own: Map<number, Amounts>;
  ownTotal: Amounts;
  /** The other instances' as last told, the earliest to end first. */
  others: readonly Use[];
}

/** Whether a call is admitted; a refusal tells when the same call will be, null: never under these limits. */
export type QuotaVerdict =
  | { readonly admitted: true; readonly reservation: Use }
  | { readonly admitted: false; readonly retryAfterMs: number | null };

const nothing: Amounts = { requests: 0, tokens: 0 };

/** The window of a caller that has used nothing yet. */
export function openQuotaWindow(): QuotaWindow {
  return { own: new Map(), ownTotal: nothing, others: [] };
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
  const retryAfterMs = quotaWaitMs(window, limits, tokens, now);
  if (retryAfterMs !== 0) return { admitted: false, retryAfterMs };
  const wanted: Amounts = { requests: 1, tokens };
  const untilMs = now + quotaWindowMs;
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
  if (tokens > 0) count(window, now + quotaWindowMs, { requests: 0, tokens });
  else if (used.exact && window.own.has(reservation.untilMs)) {
    count(window, reservation.untilMs, { requests: 0, tokens });
  }
}

/** Whether nothing counts any more, so that the window may be dropped. */
export function isIdle(window: QuotaWindow, now: number): boolean {
  forget(window, now);
  return window.own.size === 0 && window.others.length === 0;
}

/** This instance's own uses, as other instances are told of them. */
export function shareQuota(window: QuotaWindow, now: number): SharedUse[] {
  forget(window, now);
  const byLeftMs = new Map<number, Amounts>();
  for (const [untilMs, amounts] of window.own) {
    const leftMs = Math.ceil((untilMs - now) / sharedStepMs) * sharedStepMs;
    byLeftMs.set(leftMs, sum(byLeftMs.get(leftMs) ?? nothing, amounts));
  }
  return [...byLeftMs].map(([leftMs, amounts]) => ({ leftMs, ...amounts }));
}

/** Replaces what is known of the other instances' uses. */
export function learnQuota(window: QuotaWindow, shared: readonly SharedUse[], now: number): void {
  window.others = shared
    .map(({ leftMs, requests, tokens }) => ({ untilMs: now + leftMs, requests, tokens }))
    .sort(byEnd);
}

/** Drops what no longer counts. */
function forget(window: QuotaWindow, now: number): void {
  for (const [untilMs, amounts] of window.own) {
    if (untilMs > now) break;
    window.own.delete(untilMs);
    window.ownTotal = difference(window.ownTotal, amounts);
  }
  const [next] = window.others;
  if (next !== undefined && next.untilMs <= now) {
    window.others = window.others.filter(({ untilMs }) => untilMs > now);
  }
}

function count(window: QuotaWindow, untilMs: number, amounts: Amounts): void {
  window.own.set(untilMs, sum(window.own.get(untilMs) ?? nothing, amounts));
  window.ownTotal = sum(window.ownTotal, amounts);
}

/** How long until enough has ended for `wanted` to fit: 0 when it fits now, null when it never will. */
function waitMs(window: QuotaWindow, limits: QuotaLimits, wanted: Amounts, now: number): number | null {
  let counted = window.others.reduce(sum, window.ownTotal);
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

function* inOrderOfEnd({ own, others }: QuotaWindow): Generator<Use> {
  let next = 0;
  for (const [untilMs, amounts] of own) {
    for (let other = others[next]; other !== undefined && other.untilMs <= untilMs; other = others[next]) {
      yield other;
      next += 1;
    }
    yield { untilMs, ...amounts };
  }
  yield* others.slice(next);
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
