import type { Sha256 } from '../../system/digest.ts';
import type { Scored } from './score.ts';

/** How far below the best score a candidate may still become the first choice. */
const nearGap = 0.05;

/** The first 48 bits of SHA-256(decision id): the chance by which a decision picks among near-equals. */
export function drawOf(sha256: Sha256, decisionId: string): number {
  return sha256(decisionId)
    .subarray(0, 6)
    .reduce((bits, byte) => bits * 256 + byte, 0);
}

/**
 * The index of the first choice among candidates in order of key, undefined when there are none. Those within
 * 0.05 of the best share the first place by chance, the less likely the further below: a fast model is not
 * stampeded, and a slightly worse one loses its traffic gradually.
 */
export function chooseFirst(scored: readonly Scored[], draw: number): number | undefined {
  let best = 0;
  for (const { score } of scored) best = Math.max(best, score);
  const weightOf = ({ score }: Scored) => Math.max(0, 1 - (best - score) / nearGap);

  let total = 0;
  for (const candidate of scored) total += weightOf(candidate);
  let rest = (draw / 2 ** 48) * total;
  let last: number | undefined;
  for (const [index, candidate] of scored.entries()) {
    const weight = weightOf(candidate);
    if (weight === 0) continue;
    if (rest < weight) return index;
    rest -= weight;
    last = index;
  }
  // Only rounding leads here: the draw fell on the very end of the last share.
  return last;
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
    const contributions = { ...scored.contributions, fallbackPenaltyBps: penaltyBps };
    return { scored: { ...scored, contributions }, worth: scored.score * kept };
  });
  ordered.sort((a, b) => b.worth - a.worth || b.scored.score - a.scored.score);
  return ordered.map(({ scored }) => scored);
}
