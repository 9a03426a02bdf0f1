import type { ProbeTarget } from './probe-target.ts';

/** How often a model is probed that costs nothing, where nobody has said otherwise. */
export const USUAL_INTERVAL_MS = 30_000;

/**
 * What all models together may cost in thirty days without any calls, integer micro-USD, where nobody has said how
 * often to probe: below one USD, whatever the number of keys and models.
 */
export const IDLE_ALLOWANCE_MICRO_USD = 900_000;

const ALLOWANCE_PERIOD_MS = 30 * 24 * 3_600_000;

/** By how much an interval varies either way, so that models that were started together are not probed together. */
const JITTER = 0.1;

/** What decides how often a model is probed. */
export interface IntervalTerms {
  /** Said by the operator for all models, milliseconds; null: not said. */
  readonly configuredMs: number | null;
  /** How many models cost something to probe. */
  readonly paidTargets: number;
}

/**
 * The time from one probe of a model to the next, milliseconds: what the catalog says, else what the operator has said
 * for all, else `USUAL_INTERVAL_MS` or longer, so that the model stays within its equal share of the idle allowance.
 * `usualMicroUsd`: what its probes have cost lately; null: not known yet, the most that one can cost counts.
 */
export function probeIntervalMs(
  { ownIntervalMs, mostMicroUsd }: Pick<ProbeTarget, 'ownIntervalMs' | 'mostMicroUsd'>,
  usualMicroUsd: number | null,
  { configuredMs, paidTargets }: IntervalTerms,
): number {
  const said = ownIntervalMs ?? configuredMs;
  if (said !== null) return said;
  const shareMicroUsd = IDLE_ALLOWANCE_MICRO_USD / Math.max(1, paidTargets);
  const affordableMs = ((usualMicroUsd ?? mostMicroUsd) * ALLOWANCE_PERIOD_MS) / shareMicroUsd;
  return Math.max(USUAL_INTERVAL_MS, Math.ceil(affordableMs));
}

/** An interval as it is waited for once. `random`: uniform in [0, 1). */
export function jittered(intervalMs: number, random: number): number {
  return Math.round(intervalMs * (1 - JITTER + 2 * JITTER * random));
}

/** Long enough that chance does not decide, short enough that a price change shows: an eighth of the way each time. */
export function usualCost(usualMicroUsd: number | null, spentMicroUsd: number): number {
  return usualMicroUsd === null
    ? spentMicroUsd
    : Math.ceil(usualMicroUsd + (spentMicroUsd - usualMicroUsd) / 8);
}
