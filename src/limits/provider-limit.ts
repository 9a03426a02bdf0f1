import type { AdvertisedLimit, AdvertisedLimits } from './limit-headers.ts';

/** How long a model cools after a 429 that does not say, and what 429s that follow each other double it to. */
export const firstCoolDownMs = 5_000;
export const longestUnaskedCoolDownMs = 60_000;

/** For how long a header that names no reset is believed: limits are told by the minute. */
const unstatedResetMs = 60_000;

/** An allowance as a response told it. Instants are of this instance's monotonic clock, whole milliseconds. */
export interface Reading {
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly learnedAtMs: number;
  /** When it is full again; from then on this reading says nothing. */
  readonly untilMs: number;
  /** Whether the provider named that instant. */
  readonly resets: boolean;
  /** Until when nothing is sent if nothing remains: nobody waits for an instant that is a guess. */
  readonly waitUntilMs: number;
  /** How much had been sent when the call was sent whose response told: what came after lowers what remains. */
  readonly sent: number;
  /** Read by this instance, not told by another. */
  readonly own: boolean;
}

/** One allowance of a model and what has been sent against it since the beginning. */
export interface Meter {
  sent: number;
  /** What calls sent since the reading took beyond what was estimated of them; negative: less. */
  correction: number;
  reading: Reading | null;
}

/**
 * What this instance knows of the calls that a model's provider takes.
 *
 * What headers tell is kept by model: OpenAI counts each model by itself, Anthropic each class of models (each of
 * a class learns its own copy with its own next response). What an operator configured is kept by provider, in
 * limit-board.ts. A 429 cools the model that was called, because the others may have allowances of their own.
 */
export interface ModelLimit {
  readonly requests: Meter;
  readonly tokens: Meter;
  /** Calls sent and not yet settled. */
  underWay: number;
  /** When the cool-downs end that this instance met, and those that others told of. */
  coolingUntilMs: number;
  toldCoolingUntilMs: number;
  /** When the last of them began: what was sent before it says nothing of what follows. */
  cooledAtMs: number;
  /** The last cool-down that nobody asked for; 0: a call has succeeded since. */
  backOffMs: number;
}

/** One call that was sent: what its response can know of. */
export interface SentCall {
  readonly sentAtMs: number;
  readonly estimatedTokens: number;
  readonly requestsSent: number;
  readonly tokensSent: number;
}

const unread = (): Meter => ({ sent: 0, correction: 0, reading: null });

/** A model of which nothing is known yet. */
export function openModelLimit(): ModelLimit {
  return {
    ...{ requests: unread(), tokens: unread(), underWay: 0, backOffMs: 0 },
    ...{ coolingUntilMs: -Infinity, toldCoolingUntilMs: -Infinity, cooledAtMs: -Infinity },
  };
}

/** Counts a call that is being sent. `now` never decreases from call to call, here and below. */
export function countSent(limit: ModelLimit, estimatedTokens: number, now: number): SentCall {
  limit.underWay += 1;
  const requestsSent = (limit.requests.sent += 1);
  const tokensSent = (limit.tokens.sent += estimatedTokens);
  return { sentAtMs: now, estimatedTokens, requestsSent, tokensSent };
}

/** Puts the tokens that a call took, where they are known, in the place of those estimated. To be called once. */
export function countSettled(limit: ModelLimit, call: SentCall, tokens: number | null): void {
  limit.underWay -= 1;
  const { reading } = limit.tokens;
  if (tokens === null || reading === null || call.tokensSent <= reading.sent) return;
  limit.tokens.correction += tokens - call.estimatedTokens;
}

/** What a response told; `askedMs`, null where it did not, is for how long it asked us to stay away. */
export interface ToldLimits extends AdvertisedLimits {
  readonly askedMs: number | null;
}

/** Takes up what the response to a call told. Responses may overtake each other: a call sent earlier knows less. */
export function learnLimits(limit: ModelLimit, call: SentCall, told: ToldLimits, now: number): void {
  if (told.requests !== null) {
    learn(limit.requests, call.requestsSent, { ...told.requests, askedMs: told.askedMs }, now);
  }
  if (told.tokens !== null) {
    learn(limit.tokens, call.tokensSent, { ...told.tokens, askedMs: told.askedMs }, now);
  }
}

function learn(
  meter: Meter,
  sent: number,
  told: AdvertisedLimit & Pick<ToldLimits, 'askedMs'>,
  now: number,
): void {
  const known = liveReading(meter, now);
  if (known !== null && known.own && known.sent > sent) return;
  const { limit, remaining, resetMs, askedMs } = told;
  // The reset is when all is full again; a provider that says when to come back means sooner than that.
  const waitUntilMs = now + Math.min(resetMs ?? 0, askedMs ?? Infinity);
  const untilMs = now + (resetMs ?? unstatedResetMs);
  const times = { learnedAtMs: now, untilMs, resets: resetMs !== null, waitUntilMs };
  meter.reading = { limit, remaining, ...times, sent, own: true };
  meter.correction = 0;
}

/**
 * Takes up what another instance has read. Of two readings that hold, the stricter counts, unless it is the older
 * one of the two; what this instance has sent by now is taken to be known to it.
 */
export function adoptReading(meter: Meter, told: Omit<Reading, 'own' | 'sent'>, now: number): void {
  const known = liveReading(meter, now);
  if (known !== null) {
    if (told.learnedAtMs <= known.learnedAtMs) return;
    if ((told.remaining ?? Infinity) >= (remainingOf(meter, now) ?? Infinity)) return;
  }
  meter.reading = { ...told, sent: meter.sent, own: false };
  meter.correction = 0;
}

/** The reading that holds now. */
export function liveReading(meter: Meter, now: number): Reading | null {
  return meter.reading !== null && now < meter.reading.untilMs ? meter.reading : null;
}

/** What remains of an allowance, lowered by what has been sent since it was told; null: unknown. Never negative. */
export function remainingOf(meter: Meter, now: number): number | null {
  const reading = liveReading(meter, now);
  if (reading === null || reading.remaining === null) return null;
  const sentSince = Math.max(0, meter.sent - reading.sent + meter.correction);
  return Math.max(0, reading.remaining - sentSince);
}

/** A 429: cools the model and returns by how many milliseconds that moved the end of its cooling. */
export function coolDown(limit: ModelLimit, askedMs: number | null, now: number): number {
  const formerEnd = coolingEnd(limit);
  // A provider that asks for nothing would be asked again at once.
  const asked = askedMs !== null && askedMs > 0 ? askedMs : null;
  if (asked === null) limit.backOffMs = nextBackOff(limit, now);
  limit.coolingUntilMs = Math.max(limit.coolingUntilMs, now + (asked ?? limit.backOffMs));
  limit.cooledAtMs = now;
  return coolingEnd(limit) - Math.max(formerEnd, now);
}

/** Calls that were under way together are refused together, which is one refusal and not several in a row. */
function nextBackOff(limit: ModelLimit, now: number): number {
  const end = coolingEnd(limit);
  if (limit.backOffMs === 0 || now >= end + longestUnaskedCoolDownMs) return firstCoolDownMs;
  return now < end ? limit.backOffMs : Math.min(longestUnaskedCoolDownMs, 2 * limit.backOffMs);
}

/** A success ends a row of 429s, unless its call was sent before the last of them. */
export function noteSuccess(limit: ModelLimit, call: SentCall): void {
  if (call.sentAtMs >= limit.cooledAtMs) limit.backOffMs = 0;
}

/** Takes up a cool-down that another instance has met; an end only ever moves later. */
export function adoptCoolDown(
  limit: ModelLimit,
  told: { leftMs: number; backOffMs: number },
  now: number,
): void {
  const untilMs = now + told.leftMs;
  if (now >= limit.toldCoolingUntilMs) limit.cooledAtMs = now;
  limit.toldCoolingUntilMs = Math.max(limit.toldCoolingUntilMs, untilMs);
  limit.backOffMs = Math.max(limit.backOffMs, told.backOffMs);
}

/** Milliseconds for which the model cools; 0: it does not. */
export function coolingMs(limit: ModelLimit, now: number): number {
  return Math.max(0, coolingEnd(limit) - now);
}

/** Milliseconds for which nothing may be sent: it cools, or nothing remains until a reset; 0: something may. */
export function waitMs(limit: ModelLimit, now: number): number {
  return Math.max(coolingMs(limit, now), exhaustedMs(limit.requests, now), exhaustedMs(limit.tokens, now));
}

function exhaustedMs(meter: Meter, now: number): number {
  if (remainingOf(meter, now) !== 0) return 0;
  return Math.max(0, (meter.reading?.waitUntilMs ?? now) - now);
}

/** The share of the advertised allowance that counts for scoring, 0..1000: the smaller of requests and tokens. */
export function advertisedHeadroomPermille({ requests, tokens }: ModelLimit, now: number): number {
  return Math.min(meterHeadroomPermille(requests, now), meterHeadroomPermille(tokens, now));
}

function meterHeadroomPermille(meter: Meter, now: number): number {
  const remaining = remainingOf(meter, now);
  const limit = liveReading(meter, now)?.limit ?? null;
  if (remaining === null) return 1000;
  if (limit === null) return remaining === 0 ? 0 : 1000;
  return headroomPermille(remaining, limit);
}

/** 1000 while more than a fifth remains, then in proportion down to 0. */
export function headroomPermille(remaining: number, limit: number): number {
  return Math.min(1000, Math.max(0, Math.floor((5000 * remaining) / limit)));
}

/** Whether nothing is known any more that a call could depend on, so that the rest may be forgotten. */
export function isForgettable(limit: ModelLimit, now: number): boolean {
  return (
    limit.underWay === 0 &&
    now >= coolingEnd(limit) + longestUnaskedCoolDownMs &&
    liveReading(limit.requests, now) === null &&
    liveReading(limit.tokens, now) === null
  );
}

function coolingEnd(limit: ModelLimit): number {
  return Math.max(limit.coolingUntilMs, limit.toldCoolingUntilMs);
}
