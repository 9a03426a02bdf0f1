import { coolingMs, isCool, noteWell, openCooling, type Cooling } from './cool-down.ts';
import type { AdvertisedLimits } from './limit-headers.ts';
import {
  dropBelied,
  exhaustedMs,
  liveReading,
  meterHeadroomPermille,
  openMeter,
  readReport,
  type Meter,
} from './meter.ts';

/**
 * What this instance knows of the calls that a model's provider takes.
 *
 * What headers say is kept by model: OpenAI counts each model by itself, Anthropic each class of models (each of a
 * class has its own copy from its own last response). What an operator configured is kept by provider, in
 * limit-board.ts. A 429 cools the model that was called, because the others may have allowances of their own.
 */
export interface ModelLimit {
  readonly requests: Meter;
  readonly tokens: Meter;
  readonly cooling: Cooling;
  /** Calls sent and not yet settled. */
  underWay: number;
}

/** One call that was sent: what its response can know of. */
export interface SentCall {
  readonly sentAtMs: number;
  readonly estimatedTokens: number;
  readonly requestsSent: number;
  readonly tokensSent: number;
}

/** A model of which nothing is known yet. */
export function openModelLimit(): ModelLimit {
  return { requests: openMeter(), tokens: openMeter(), cooling: openCooling(), underWay: 0 };
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

/** What a response says; `askedMs`, null where it does not, is for how long it asks us to stay away. */
export interface ReportedLimits extends AdvertisedLimits {
  readonly askedMs: number | null;
}

/** Reads what the response to a call reports. */
export function readResponse(limit: ModelLimit, call: SentCall, reported: ReportedLimits, now: number): void {
  const { requests, tokens, askedMs } = reported;
  if (requests !== null) readReport(limit.requests, call.requestsSent, { ...requests, askedMs }, now);
  if (tokens !== null) readReport(limit.tokens, call.tokensSent, { ...tokens, askedMs }, now);
}

/** A success ends a row of 429s, unless its call was sent before the last of them, and belies what forbade it. */
export function noteSuccess({ cooling, requests, tokens }: ModelLimit, call: SentCall): void {
  noteWell(cooling, call.sentAtMs);
  dropBelied(requests, call.requestsSent - 1);
  dropBelied(tokens, call.tokensSent - call.estimatedTokens);
}

/** Milliseconds for which nothing may be sent: it cools, or nothing remains until a reset; 0: something may. */
export function waitMs({ cooling, requests, tokens }: ModelLimit, now: number): number {
  return Math.max(coolingMs(cooling, now), exhaustedMs(requests, now), exhaustedMs(tokens, now));
}

/** The share of the advertised allowance that counts for scoring, 0..1000: the smaller of requests and tokens. */
export function advertisedHeadroomPermille({ requests, tokens }: ModelLimit, now: number): number {
  return Math.min(meterHeadroomPermille(requests, now), meterHeadroomPermille(tokens, now));
}

/** Whether nothing is known any more that a call could depend on, so that the rest may be forgotten. */
export function isForgettable({ requests, tokens, cooling, underWay }: ModelLimit, now: number): boolean {
  const isUnread = liveReading(requests, now) === null && liveReading(tokens, now) === null;
  return underWay === 0 && isUnread && isCool(cooling, now);
}
