import { coolingMs } from './cool-down.ts';
import type { LimitedModel } from './limit-board.ts';
import type { BoardMoment, LimitBoard } from './board-entries.ts';
import { measure } from './limit-board.ts';
import { liveReading, remainingOf, type Meter } from './meter.ts';
import { measureMinute, type MinuteMeasures } from './provider-minute.ts';

/** What is left of the calls and tokens that a model's provider takes; null: neither advertised nor configured. */
export interface RateLimitState {
  readonly remainingRequests: number | null;
  readonly limitRequests: number | null;
  readonly remainingTokens: number | null;
  readonly limitTokens: number | null;
  /** Milliseconds until the allowances that were advertised are full again. */
  readonly resetMs: number | null;
  /** Milliseconds for which a 429 keeps the model from being called; null: it does not. */
  readonly coolingMs: number | null;
  /** What scoring makes of all this, 0..1000. */
  readonly headroomPermille: number;
}

interface Allowance {
  readonly remaining: number | null;
  readonly limit: number | null;
}

const unknown: Allowance = { remaining: null, limit: null };

/** The state of a model's limits for people: of what is advertised and what is configured, the tighter. */
export function rateLimitState(
  board: LimitBoard,
  model: LimitedModel,
  moment: BoardMoment,
): RateLimitState | null {
  const { now } = moment;
  const { requestsPerMinute, tokensPerMinute } = model.provider;
  const known = board.models.get(model.key);
  const minute = board.minutes.get(model.provider.slug);
  const left = minute === undefined ? undefined : measureMinute(minute, model.provider, now).remaining;
  const requests = tighter(
    advertised(known?.requests, now),
    configured(requestsPerMinute, left?.requests ?? null),
  );
  const tokens = tighter(advertised(known?.tokens, now), configured(tokensPerMinute, left?.tokens ?? null));
  const cooling = known === undefined ? 0 : coolingMs(known.cooling, now);
  if (requests === unknown && tokens === unknown && cooling === 0) return null;
  return {
    remainingRequests: requests.remaining,
    limitRequests: requests.limit,
    remainingTokens: tokens.remaining,
    limitTokens: tokens.limit,
    resetMs: latest(resetMs(known?.requests, now), resetMs(known?.tokens, now)),
    coolingMs: cooling === 0 ? null : cooling,
    headroomPermille: measure(board, model, moment).headroomPermille,
  };
}

function advertised(meter: Meter | undefined, now: number): Allowance {
  const reading = meter === undefined ? null : liveReading(meter, now);
  if (meter === undefined || reading === null) return unknown;
  return { remaining: remainingOf(meter, now), limit: reading.limit };
}

function configured(limit: number | null, remaining: MinuteMeasures['remaining']['requests']): Allowance {
  return limit === null ? unknown : { limit, remaining: remaining ?? limit };
}

function tighter(one: Allowance, other: Allowance): Allowance {
  if (one === unknown || other === unknown) return one === unknown ? other : one;
  return shareLeft(other) < shareLeft(one) ? other : one;
}

function shareLeft({ remaining, limit }: Allowance): number {
  if (remaining === 0) return 0;
  return remaining === null || limit === null ? 1 : remaining / limit;
}

function resetMs(meter: Meter | undefined, now: number): number | null {
  const reading = meter === undefined ? null : liveReading(meter, now);
  return reading?.resets === true ? reading.untilMs - now : null;
}

function latest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
