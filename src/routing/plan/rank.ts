import type { Sha256 } from '../../system/digest.ts';
import type { Scored } from './score.ts';

/** The first 48 bits of SHA-256(decision id): the chance by which a decision picks among near-equals. */
export function drawOf(sha256: Sha256, decisionId: string): number {
  return Number.parseInt(sha256.hex(decisionId).slice(0, 12), 16);
}

/** How candidates share the first place: those that lie less than the margin below the best, by their weights. */
export interface FirstPlace {
  /** Of equals the first by key. */
  readonly best: Scored;
  /** In [0, 0.2]; 0: the best has the place alone. */
  readonly margin: number;
  /** The sum of all weights. */
  readonly totalWeight: number;
}

/** The first place among candidates in order of key; undefined when there are none. */
export function firstPlaceAmong(scored: readonly Scored[], marginPct: number): FirstPlace | undefined {
  let best = scored[0];
  if (best === undefined) return undefined;
  for (const each of scored) if (each.score > best.score) best = each;
  const place = { best, margin: marginPct / 100, totalWeight: 1 };
  if (place.margin === 0) return place;
  let totalWeight = 0;
  for (const each of scored) totalWeight += weightIn(place, each);
  return { ...place, totalWeight };
}

/** How likely a call puts a candidate first, 0..1. */
export function firstShareOf(place: FirstPlace, scored: Scored): number {
  return weightIn(place, scored) / place.totalWeight;
}

/**
 * The first choice: where the draw falls among those that share the place, in their order; the best when nothing is
 * drawn. A fast model is not stampeded, and a slightly worse one loses its traffic gradually.
 */
export function chooseFirst(place: FirstPlace, scored: readonly Scored[], draw: number | null): Scored {
  if (draw === null) return place.best;
  let rest = (draw / 2 ** 48) * place.totalWeight;
  let last = place.best;
  for (const each of scored) {
    const weight = weightIn(place, each);
    if (weight === 0) continue;
    if (rest < weight) return each;
    rest -= weight;
    last = each;
  }
  // Only rounding leads here: the draw fell on the very end of the last share.
  return last;
}

/** How much further below the best than near-equals a session's model may lie: a warm prompt cache is worth that. */
export const SESSION_MARGIN_PCT = 10;

/** The model that answered the session last, while it is worth staying with; undefined: there is no such. */
export function affinityAmong(
  { best, margin }: FirstPlace,
  scored: readonly Scored[],
  key: string | null,
): Scored | undefined {
  if (key === null) return undefined;
  const kept = scored.find(({ candidate }) => candidate.key === key);
  const mostBelow = margin + SESSION_MARGIN_PCT / 100;
  return kept !== undefined && best.score - kept.score <= mostBelow ? kept : undefined;
}

/** The less the further below the best, in (0, 1]; 0 at the margin and beyond it. */
function weightIn({ best, margin }: Omit<FirstPlace, 'totalWeight'>, scored: Scored): number {
  if (margin === 0) return scored === best ? 1 : 0;
  return Math.max(0, 1 - (best.score - scored.score) / margin);
}

/**
 * The candidates after the first choice, in the order in which they stand in for it. Those that cost more than
 * it are ordered, not scored, as if they were worth less by the penalty. Expects and keeps the order of keys
 * among equals.
 */
export function orderFallbacks(fallbacks: readonly Scored[], first: Scored, penaltyBps: number): Scored[] {
  const kept = (10_000 - penaltyBps) / 10_000;
  const ordered = fallbacks.map((scored) => {
    const penalized = penaltyBps > 0 && scored.estimates.costMicroUsd > first.estimates.costMicroUsd;
    if (!penalized) return { scored, worth: scored.score };
    return { scored: withPenalty(scored, penaltyBps), worth: scored.score * kept };
  });
  ordered.sort((a, b) => b.worth - a.worth || b.scored.score - a.scored.score);
  return ordered.map(({ scored }) => scored);
}

/** Field by field: spread, it takes a fifth of ordering a thousand. */
function withPenalty({ candidate, estimates, contributions, score }: Scored, penaltyBps: number): Scored {
  const { quality, latency, cost, reliability, headroom } = contributions;
  const penalized = { quality, latency, cost, reliability, headroom, fallbackPenaltyBps: penaltyBps };
  return { candidate, estimates, contributions: penalized, score };
}
