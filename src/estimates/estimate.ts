import { placeOf, SLOT_MS, SLOTS, slotOf, type Track } from './track.ts';

/** What a model's latest calls say of it, as plans read and store it. */
export interface Estimate {
  /** Observed / expected latency, thousandths; 1000 is as the catalog expects. */
  readonly latencyRatioPermille: number;
  /** Decayed counts, hundredths. */
  readonly successesHundredths: number;
  readonly failuresHundredths: number;
}

/** A model of which nothing has been observed lately. */
export const asExpected: Estimate = Object.freeze({
  latencyRatioPermille: 1000,
  successesHundredths: 0,
  failuresHundredths: 0,
});

/** After so long a latency counts half. */
export const LATENCY_HALF_LIFE_MS = 60_000;

/** After so long a success or failure counts half. */
export const RELIABILITY_HALF_LIFE_MS = 120_000;

/** What the catalog's expectation weighs, in latencies of this moment. */
export const PRIOR_LATENCIES = 2;

/**
 * What the latencies of ten seconds weigh at most, in latencies, whatever their number: else a busy model that has
 * become slow would need a quarter of an hour without calls to be thought of as well again, a quiet one a minute.
 */
export const MOST_LATENCIES_PER_SLOT = 4;

/** The same of successes and failures, two a second. */
export const MOST_ENDS_PER_SLOT = 20;

/**
 * The ratio is the mean of the prior and of each ten seconds' mean latency ratio, weighted by age and, within bounds,
 * by number; counts are sums weighted by age. `others` are the other instances' slots, on the same clock. A `now` before
 * what has been observed is taken for the moment of that. What was observed before the end of an outage is over.
 */
export function estimateOf(own: Track, others: Track | null, now: number): Estimate {
  const present = Math.max(slotOf(now), own.newest, others?.newest ?? -Infinity);
  const sinceMiddleMs = Math.max(0, now - present * SLOT_MS) - SLOT_MS / 2;
  const [latencyAging, endAging] = [
    2 ** (-sinceMiddleMs / LATENCY_HALF_LIFE_MS),
    2 ** (-sinceMiddleMs / RELIABILITY_HALF_LIFE_MS),
  ];
  const wellSince = Math.max(own.wellSince, others?.wellSince ?? -Infinity);
  const slots = Math.min(SLOTS, present - wellSince + 1);
  let [weight, weighted, successes, failures] = [PRIOR_LATENCIES, PRIOR_LATENCIES * 1000, 0, 0];
  for (let age = 0; age < slots; age += 1) {
    const at = placeOf(own, present - age);
    const otherAt = others === null ? -1 : placeOf(others, present - age);
    if (at < 0 && otherAt < 0) continue;
    const ratios = field(own, at, 1) + field(others, otherAt, 1);
    if (ratios > 0) {
      const aged = Math.min(1, latencyAging * (latencyFactors[age] ?? 0));
      const counted = aged * Math.min(ratios, MOST_LATENCIES_PER_SLOT);
      weight += counted;
      weighted += (counted * (field(own, at, 0) + field(others, otherAt, 0))) / ratios;
    }
    const [good, bad] = [
      field(own, at, 2) + field(others, otherAt, 2),
      field(own, at, 3) + field(others, otherAt, 3),
    ];
    if (good + bad > 0) {
      const aged = Math.min(1, endAging * (endFactors[age] ?? 0));
      const counted = (aged * Math.min(good + bad, MOST_ENDS_PER_SLOT)) / (good + bad);
      successes += counted * good;
      failures += counted * bad;
    }
  }
  return {
    latencyRatioPermille: Math.round(weighted / weight),
    successesHundredths: Math.round(100 * successes),
    failuresHundredths: Math.round(100 * failures),
  };
}

/** Whether two estimates say the same. */
export function isSameEstimate(one: Estimate, other: Estimate): boolean {
  return (
    one.latencyRatioPermille === other.latencyRatioPermille &&
    one.successesHundredths === other.successesHundredths &&
    one.failuresHundredths === other.failuresHundredths
  );
}

/** What is left of a slot's weight after so many slots. */
const latencyFactors = agingOver(LATENCY_HALF_LIFE_MS);
const endFactors = agingOver(RELIABILITY_HALF_LIFE_MS);

function agingOver(halfLifeMs: number): Float64Array {
  return Float64Array.from({ length: SLOTS }, (_, slots) => 2 ** ((-slots * SLOT_MS) / halfLifeMs));
}

function field(track: Track | null, at: number, offset: number): number {
  return at < 0 ? 0 : (track?.cells[at + offset] ?? 0);
}
