import type { PolicyWeights } from '../../src/policies/policy.ts';
import { costUtility, latencyUtility, qualityUtility } from '../../src/routing/plan/score.ts';

/** What a call brought its caller. */
export interface Brought {
  readonly atsBps: number;
  readonly latencyMs: number;
  readonly costMicroUsd: number;
}

/**
 * What an answer was worth under a policy, 0..1: the utilities that scores are made from, of what really came of the
 * call, its failed attempts' time included. No answer is worth nothing.
 */
export function worthOf({ atsBps, latencyMs, costMicroUsd }: Brought, weights: PolicyWeights): number {
  const { qualityWeightPct, latencyWeightPct, costWeightPct } = weights;
  return (
    (qualityWeightPct * qualityUtility(atsBps) +
      latencyWeightPct * latencyUtility(latencyMs) +
      costWeightPct * costUtility(costMicroUsd)) /
    100
  );
}

/** What calls came to, one after the other. */
export interface Tally {
  calls: number;
  answered: number;
  costMicroUsd: number;
  latencyMs: number;
  atsBps: number;
  worth: number;
}

/** Nothing yet. */
export function openTally(): Tally {
  return { calls: 0, answered: 0, costMicroUsd: 0, latencyMs: 0, atsBps: 0, worth: 0 };
}

/** Counts a call; null: it was not answered. */
export function count(tally: Tally, brought: Brought | null, weights: PolicyWeights): void {
  tally.calls += 1;
  if (brought === null) return;
  tally.answered += 1;
  tally.costMicroUsd += brought.costMicroUsd;
  tally.latencyMs += brought.latencyMs;
  tally.atsBps += brought.atsBps;
  tally.worth += worthOf(brought, weights);
}
