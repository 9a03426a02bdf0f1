import type { Plan, RankedCandidate } from './plan.ts';

/**
 * The `count` best candidates of a plan that may be called now, each from another provider; the same provider
 * speaks twice only when there are not enough. Voters stand in for nobody, so no fallback penalty applies:
 * raw score decides, then key. Fewer voters, or more, never change who comes first.
 */
export function selectVoters(plan: Plan, count: number): RankedCandidate[] {
  const eligible = plan.ranked.filter((ranked) => ranked.notBeforeMs === null);
  eligible.sort((a, b) => b.score - a.score || (a.candidate.key < b.candidate.key ? -1 : 1));
  const heard = new Set<string>();
  const distinct: RankedCandidate[] = [];
  const repeated: RankedCandidate[] = [];
  for (const ranked of eligible) {
    const { providerSlug } = ranked.candidate;
    (heard.has(providerSlug) ? repeated : distinct).push(ranked);
    heard.add(providerSlug);
  }
  return [...distinct, ...repeated].slice(0, count).map((ranked, index) => ({
    ...ranked,
    position: index + 1,
    inPlan: true,
    contributions: { ...ranked.contributions, fallbackPenaltyBps: 0 },
  }));
}
