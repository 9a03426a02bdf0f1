/**
 * How a model that has just recovered is given calls: at a rate that doubles each second, from a twentieth of its
 * steady rate before the trip. A provider that comes back cold, with empty caches and a crowd before its door, is
 * otherwise knocked over again by its first second.
 *
 * | second          | 0              | 1              | 2              | … | over when                               |
 * |-----------------|----------------|----------------|----------------|---|-----------------------------------------|
 * | calls a second  | max(10, s/20)  | twice as many  | twice as many  | … | it reaches s, and nobody has to wait    |
 *
 * The rate is the fleet's. An instance has the share of it that its demand has of all demand, and gathers it bit by bit
 * from nothing: however many instances there are, in no second do they give more than the rate.
 */
export interface Ramp {
  readonly beganMs: number;
  /** Calls that may be made, as gathered until then. */
  gathered: number;
  gatheredAtMs: number;
  /** When a call was refused last. */
  refusedAtMs: number;
}

/** A ramp begins with the steady rate divided by so much. */
const FIRST_SHARE = 20;

/** It never gives less than so many calls a second. */
export const LEAST_PER_SECOND = 10;

const DOUBLING_MS = 1_000;

/** By then it gives more than any provider gets. */
export const LONGEST_RAMP_MS = 20_000;

/** What is not used is kept for so long only, but for one call. */
const KEPT_MS = 100;

/** What came longer ago than whoever waits looks is nobody's: shares were others then. */
const GATHERED_WITHIN_MS = 300;

/** What sums of many parts may be off. */
const TOLERANCE = 1e-6;

/** What its rate depends on. */
export interface RampTerms {
  /** The fleet's calls a second before the trip. */
  readonly steadyPerSecond: number;
  /** Of this instance, 0..1. */
  readonly share: number;
}

/** A ramp that begins now, or began then. */
export function openRamp(beganMs: number): Ramp {
  return { beganMs, gathered: 0, gatheredAtMs: beganMs, refusedAtMs: beganMs };
}

/** The fleet's calls a second, so long after the beginning. */
export function rampPerSecond(steadyPerSecond: number, elapsedMs: number): number {
  const first = Math.max(LEAST_PER_SECOND, steadyPerSecond / FIRST_SHARE);
  return first * 2 ** Math.floor(Math.min(elapsedMs, LONGEST_RAMP_MS) / DOUBLING_MS);
}

/** Takes one call; 0, or the milliseconds until there is one, if demand stays as it is. */
export function takeFromRamp(ramp: Ramp, terms: RampTerms, now: number): number {
  gather(ramp, terms, now);
  if (ramp.gathered >= 1 - TOLERANCE) {
    ramp.gathered = Math.max(0, ramp.gathered - 1);
    return 0;
  }
  ramp.refusedAtMs = now;
  const perMs = (rampPerSecond(terms.steadyPerSecond, now - ramp.beganMs) * terms.share) / 1_000;
  return Math.max(1, Math.ceil((1 - ramp.gathered) / perMs - TOLERANCE));
}

/** Whether it is of no use any more; `isWanted`: somebody waits for it, here or elsewhere. */
export function isRampOver(ramp: Ramp, steadyPerSecond: number, isWanted: boolean, now: number): boolean {
  const elapsedMs = now - ramp.beganMs;
  if (elapsedMs >= LONGEST_RAMP_MS) return true;
  const isSteady = rampPerSecond(steadyPerSecond, elapsedMs) >= steadyPerSecond;
  return isSteady && !isWanted && now - ramp.refusedAtMs >= DOUBLING_MS;
}

/** Adds what has come since the last time, second by second, because each has its own rate. */
function gather(ramp: Ramp, { steadyPerSecond, share }: RampTerms, now: number): void {
  let { gathered } = ramp;
  for (let fromMs = Math.max(ramp.gatheredAtMs, now - GATHERED_WITHIN_MS); fromMs < now;) {
    const elapsedMs = fromMs - ramp.beganMs;
    const nextMs = ramp.beganMs + (Math.floor(elapsedMs / DOUBLING_MS) + 1) * DOUBLING_MS;
    const toMs = Math.min(now, nextMs);
    const perMs = (rampPerSecond(steadyPerSecond, elapsedMs) * share) / 1_000;
    gathered += perMs * (toMs - fromMs);
    fromMs = toMs;
  }
  const perMs = (rampPerSecond(steadyPerSecond, now - ramp.beganMs) * share) / 1_000;
  const most = Math.max(1, perMs * KEPT_MS);
  ramp.gathered = Math.min(gathered, most);
  ramp.gatheredAtMs = Math.max(ramp.gatheredAtMs, now);
}
