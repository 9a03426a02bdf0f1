import type { PolicyWeights } from '../../policies/policy.ts';
import type { Candidate, Measures } from './plan-input.ts';
import type { Estimates, ScoreContributions } from './plan.ts';

/** An eligible candidate with what it is worth under a policy, whatever the others are. */
export interface Scored {
  readonly candidate: Candidate;
  readonly estimates: Estimates;
  readonly contributions: ScoreContributions;
  readonly score: number;
}

/**
 * `(wq·uq + wl·ul + wc·uc) × reliability × headroom`. Made of + − × ÷ on integers and exact halvings alone,
 * so every machine computes the same bits; depends on no other candidate, so none can reverse two others.
 */
export function scoreCandidate(candidate: Candidate, estimates: Estimates, weights: PolicyWeights): Scored {
  const { measures } = candidate;
  const contributions: ScoreContributions = {
    quality: (weights.qualityWeightPct / 100) * qualityUtility(estimates.atsBps),
    latency: (weights.latencyWeightPct / 100) * latencyUtility(estimates.latencyMs),
    cost: (weights.costWeightPct / 100) * costUtility(estimates.costMicroUsd),
    reliability: reliabilityOf(measures),
    headroom: measures.headroomPermille / 1000,
    fallbackPenaltyBps: 0,
  };
  return { candidate, estimates, contributions, score: scoreOf(contributions) };
}

/** The score that its parts make, in [0, 1]. */
export function scoreOf({ quality, latency, cost, reliability, headroom }: ScoreContributions): number {
  return Math.min(1, quality + latency + cost) * reliability * headroom;
}

/** An ATS of 0.5 or less is worth nothing, 1 everything; linear between. */
export function qualityUtility(atsBps: number): number {
  return clamp((atsBps - 5000) / 5000);
}

/** 1 up to 250 ms, an eighth less with each doubling, 0 from 64 s on. */
export function latencyUtility(expectedMs: number): number {
  return clamp(1 - oct(expectedMs / 250) / 8);
}

/** 1 up to 50 micro-USD, a twelfth less with each doubling, 0 from 0.2048 USD on. */
export function costUtility(costMicroUsd: number): number {
  return clamp(1 - oct(costMicroUsd / 50) / 12);
}

/** Doublings above 1, piecewise linear: `e + m − 1` for `x = m·2^e, 1 ≤ m < 2`, and 0 for x ≤ 1. */
export function oct(x: number): number {
  let doublings = 0;
  let mantissa = x;
  // Every utility has reached 0 long before the bound, which ends the loop for values beyond all measure.
  while (mantissa >= 2 && doublings < 64) {
    mantissa /= 2;
    doublings += 1;
  }
  return x > 1 ? doublings + (mantissa - 1) : 0;
}

/** The square of the smoothed success ratio, full from 99 % on, never below 0.05 so that a model can recover. */
export function reliabilityOf({ successesHundredths, failuresHundredths }: Measures): number {
  // 20 imagined successes: a single failure of an unknown model says little.
  const successes = successesHundredths + 2000;
  const ratio = Math.min(1, successes / (successes + failuresHundredths) / 0.99);
  return Math.max(0.05, ratio * ratio);
}

function clamp(x: number): number {
  return Math.max(0, Math.min(1, x));
}
