import { forget, minuteOf, modelOf, type BoardMoment, type LimitBoard } from './board-entries.ts';
import { coolDown, liftCoolDowns } from './cool-down.ts';
import { downMs, lift, scopeName, type HardDownScope } from './hard-down.ts';
import type { AdvertisedLimits } from './limit-headers.ts';
import {
  advertisedHeadroomPermille,
  countSent,
  countSettled,
  noteSuccess,
  readResponse,
  waitMs,
  type ModelLimit,
  type SentCall,
} from './model-limit.ts';
import { isConfigured, measureMinute } from './provider-minute.ts';
import {
  openQuotaWindow,
  quotaWaitMs,
  settleQuota,
  takeQuota,
  type QuotaLimits,
  type TokenUse,
  type Use,
} from './quota.ts';

/** A model and what the catalog says of its provider's allowance. */
export interface LimitedModel {
  readonly key: string;
  readonly provider: QuotaLimits & { readonly slug: string };
  /** Asked for to find out whether a pause or hard-down has to go on: neither holds the call back. */
  readonly isTrial?: boolean;
}

/** An admitted call until it is settled. */
export interface OpenCall {
  readonly model: ModelLimit;
  readonly sent: SentCall;
  /** What is held back of its provider's minute; null where nothing is configured. */
  readonly held: { readonly slug: string; readonly reservation: Use } | null;
}

/** A refusal says in how many milliseconds the same call may be admitted; null: not under these limits. */
export type LimitVerdict = { readonly admitted: true; readonly call: OpenCall } | LimitRefusal;

/** Nothing may be sent; `retryAfterMs` null: waiting does not help, the call is larger than the whole allowance. */
export interface LimitRefusal {
  readonly admitted: false;
  /** `AT_CAPACITY`: as many calls are in flight, or have been made since a recovery, as may be. */
  readonly reason: 'RATE_LIMITED' | 'HARD_DOWN' | 'AT_CAPACITY';
  readonly retryAfterMs: number | null;
}

/** How an admitted call ended, as far as limits are concerned. */
export interface CallEnd {
  readonly ok: boolean;
  /** The provider asked for so long a pause; null: with a 429 that did not say how long. */
  readonly pause: { readonly askedMs: number | null } | null;
  readonly tokens: TokenUse;
  readonly advertised: AdvertisedLimits;
}

/** What is known of a candidate: for every candidate of every plan. */
export interface LimitMeasures {
  /** Share of the allowance that is left for scoring, thousandths; 1000 while there is plenty. */
  readonly headroomPermille: number;
  /** Milliseconds until calls may be admitted again; null: they are now. */
  readonly coolDownMs: number | null;
  readonly hardDownMs: number | null;
}

/** A candidate that nothing holds back. */
export const unlimited: LimitMeasures = Object.freeze({
  headroomPermille: 1000,
  coolDownMs: null,
  hardDownMs: null,
});

/** Admits a call and counts it at once, or says why not; a refused call counts for nothing. */
export function admit(
  board: LimitBoard,
  limited: LimitedModel,
  estimatedTokens: number,
  moment: BoardMoment,
): LimitVerdict {
  const { key, provider } = limited;
  const { now } = moment;
  const refusal = refusalOfAll(board, limited, moment);
  if (refusal !== null) return refusal;
  let held: OpenCall['held'] = null;
  if (isConfigured(provider)) {
    const minute = minuteOf(board, provider.slug);
    const verdict = takeQuota(minute.window, provider, estimatedTokens, now);
    if (!verdict.admitted) return { ...verdict, reason: 'RATE_LIMITED' };
    held = { slug: provider.slug, reservation: verdict.reservation };
    minute.measured = null;
  }
  // The moment at which memory grows is when what has ended can go.
  if (!board.models.has(key)) forget(board, moment);
  const model = modelOf(board, key);
  return { admitted: true, call: { model, sent: countSent(model, estimatedTokens, now), held } };
}

/** Why `admit` would refuse a call at this moment; null: it would not. Counts nothing and makes nothing new. */
export function refusalOf(
  board: LimitBoard,
  limited: LimitedModel,
  estimatedTokens: number,
  moment: BoardMoment,
): LimitRefusal | null {
  const { provider } = limited;
  const refusal = refusalOfAll(board, limited, moment);
  if (refusal !== null || !isConfigured(provider)) return refusal;
  const window = board.minutes.get(provider.slug)?.window ?? openQuotaWindow();
  const retryAfterMs = quotaWaitMs(window, provider, estimatedTokens, moment.now);
  return retryAfterMs === 0 ? null : { admitted: false, reason: 'RATE_LIMITED', retryAfterMs };
}

/** Why every call to a model is refused, however small; null: they are not, or only by its provider's minute. */
function refusalOfAll(
  board: LimitBoard,
  { key, provider, isTrial = false }: LimitedModel,
  moment: BoardMoment,
): LimitRefusal | null {
  if (isTrial) return null;
  const hardMs = hardDownMsOf(board, key, provider.slug, moment);
  if (hardMs > 0) return { admitted: false, reason: 'HARD_DOWN', retryAfterMs: hardMs };
  const model = board.models.get(key);
  const coolMs = model === undefined ? 0 : waitMs(model, moment.now);
  return coolMs > 0 ? { admitted: false, reason: 'RATE_LIMITED', retryAfterMs: coolMs } : null;
}

/** Takes up how an admitted call ended; to be called once. Returns by how many milliseconds its model cools longer. */
export function settle(
  board: LimitBoard,
  { model, sent, held }: OpenCall,
  end: CallEnd,
  now: number,
): number {
  const { tokens } = end;
  if (held !== null) {
    const minute = minuteOf(board, held.slug);
    settleQuota(minute.window, held.reservation, tokens, now);
    minute.measured = null;
  }
  countSettled(model, sent, tokens.exact ? tokens.tokens : null);
  const askedMs = end.pause?.askedMs ?? null;
  readResponse(model, sent, { ...end.advertised, askedMs }, now);
  if (end.ok) noteSuccess(model, sent);
  return end.pause === null ? 0 : coolDown(model.cooling, askedMs, now);
}

/** A scope was found well: undoes every hard-down and, of a model, every cool-down that was met before. */
export function liftScope({ hardDowns, models }: LimitBoard, scope: HardDownScope, now: number): void {
  const name = scopeName(scope);
  lift(hardDowns, name, now);
  const model = models.get(name);
  if (model !== undefined) liftCoolDowns(model.cooling, now);
}

/** What is known of a candidate; makes nothing new where nothing holds it back. */
export function measure(
  board: LimitBoard,
  { key, provider }: LimitedModel,
  moment: BoardMoment,
): LimitMeasures {
  const { now } = moment;
  const hardMs = hardDownMsOf(board, key, provider.slug, moment);
  const model = board.models.get(key);
  let coolMs = model === undefined ? 0 : waitMs(model, now);
  let headroom = model === undefined ? 1000 : advertisedHeadroomPermille(model, now);
  const minute = board.minutes.get(provider.slug);
  if (minute !== undefined && isConfigured(provider)) {
    const measured = measureMinute(minute, provider, now);
    coolMs = Math.max(coolMs, measured.waitMs);
    headroom = Math.min(headroom, measured.headroomPermille);
  }
  if (hardMs === 0 && coolMs === 0 && headroom === 1000) return unlimited;
  return {
    headroomPermille: headroom,
    coolDownMs: coolMs === 0 ? null : coolMs,
    hardDownMs: hardMs === 0 ? null : hardMs,
  };
}

/** A model's or its provider's, whichever lasts longer. */
function hardDownMsOf({ hardDowns }: LimitBoard, key: string, slug: string, moment: BoardMoment): number {
  if (hardDowns.inForce.size === 0) return 0;
  const { catalogVersion, now } = moment;
  return Math.max(downMs(hardDowns, key, catalogVersion, now), downMs(hardDowns, slug, catalogVersion, now));
}
