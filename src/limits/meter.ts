import { MAX_RETRY_AFTER_MS } from '../providers/parse-retry-after.ts';
import type { AdvertisedLimit } from './limit-headers.ts';

/** For how long a header that names no reset is believed: limits are counted by the minute. */
const UNSTATED_RESET_MS = 60_000;

/** An allowance as a response advertised it. Instants are of this instance's monotonic clock, whole milliseconds. */
export interface Reading {
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly readAtMs: number;
  /** When it is full again; from then on this reading says nothing. */
  readonly untilMs: number;
  /** Whether the provider named that instant. */
  readonly resets: boolean;
  /** Until when nothing is sent if nothing remains: nobody waits for an instant that is a guess. */
  readonly waitUntilMs: number;
  /** How much had been sent when the call was sent whose response it is from: what came after lowers what remains. */
  readonly sent: number;
  /** Read by this instance, not by another. */
  readonly isLocal: boolean;
}

/** One allowance of a model and what has been sent against it since the beginning. */
export interface Meter {
  sent: number;
  /** What calls sent since the reading took beyond what was estimated of them; negative: less. */
  correction: number;
  reading: Reading | null;
}

/** Nothing has been sent or read yet. */
export function openMeter(): Meter {
  return { sent: 0, correction: 0, reading: null };
}

/** An allowance as a response reports it; `askedMs`, null where it does not, is for how long it asks us to stay away. */
export interface ReportedLimit extends AdvertisedLimit {
  readonly askedMs: number | null;
}

/**
 * Reads what a response reports; `sent` is how much had been sent when its call was sent. Responses may overtake each
 * other: a call that was sent earlier knows less.
 */
export function readReport(meter: Meter, sent: number, reported: ReportedLimit, now: number): void {
  const known = liveReading(meter, now);
  if (known !== null && known.isLocal && known.sent > sent) return;
  const { limit, remaining, resetMs, askedMs } = reported;
  // The reset is when all is full again; a provider that says when to come back means sooner than that.
  const waitUntilMs = now + Math.min(resetMs ?? 0, askedMs ?? Infinity, MAX_RETRY_AFTER_MS);
  const untilMs = now + (resetMs ?? UNSTATED_RESET_MS);
  const times = { readAtMs: now, untilMs, resets: resetMs !== null, waitUntilMs };
  meter.reading = { limit, remaining, ...times, sent, isLocal: true };
  meter.correction = 0;
}

/**
 * Merges what another instance has read. Of two readings that hold, the stricter counts, unless it is the older
 * one of the two; what this instance has sent by now is taken to be known to it.
 */
export function mergeReading(meter: Meter, remote: Omit<Reading, 'isLocal' | 'sent'>, now: number): void {
  const known = liveReading(meter, now);
  if (known !== null) {
    if (remote.readAtMs <= known.readAtMs) return;
    if ((remote.remaining ?? Infinity) >= (remainingOf(meter, now) ?? Infinity)) return;
  }
  meter.reading = { ...remote, sent: meter.sent, isLocal: false };
  meter.correction = 0;
}

/** Drops a reading by which nothing remained when so much had been sent, and another call succeeded all the same. */
export function dropBelied(meter: Meter, sentBefore: number): void {
  const { reading } = meter;
  if (reading === null || reading.remaining === null || sentBefore < reading.sent) return;
  if (sentBefore - reading.sent >= reading.remaining) meter.reading = null;
}

/** The reading that holds now. */
export function liveReading(meter: Meter, now: number): Reading | null {
  return meter.reading !== null && now < meter.reading.untilMs ? meter.reading : null;
}

/** What remains of an allowance, lowered by what has been sent since it was read; null: unknown. Never negative. */
export function remainingOf(meter: Meter, now: number): number | null {
  const reading = liveReading(meter, now);
  if (reading === null || reading.remaining === null) return null;
  const sentSince = Math.max(0, meter.sent - reading.sent + meter.correction);
  return Math.max(0, reading.remaining - sentSince);
}

/** Milliseconds for which nothing may be sent because nothing remains until a reset; 0: something may. */
export function exhaustedMs(meter: Meter, now: number): number {
  if (remainingOf(meter, now) !== 0) return 0;
  return Math.max(0, (meter.reading?.waitUntilMs ?? now) - now);
}

/** The share that is left, as `headroomPermille` counts it; 1000 where nothing is known. */
export function meterHeadroomPermille(meter: Meter, now: number): number {
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
