import type { Plan, RankedCandidate } from '../plan/plan.ts';

/** The voters of a plan, and who takes the place of one that may not be called. */
export interface Seats {
  /** In the plan's order. */
  readonly voters: readonly RankedCandidate[];
  /** The best that votes not yet and whose cost fits in place of this one's; undefined: nobody. Nobody is named twice. */
  replace(refused: RankedCandidate): RankedCandidate | undefined;
}

/** The seats of a vote whose voters may together cost so many micro-USD by estimate. */
export function seatsOf({ ranked }: Plan, boundMicroUsd: number): Seats {
  const callable = ranked.filter(({ notBeforeMs }) => notBeforeMs === null);
  const voters = callable.filter(({ inPlan }) => inPlan);
  const others = callable.filter(({ inPlan }) => !inPlan);
  let cost = voters.reduce((sum, { estimates }) => sum + estimates.costMicroUsd, 0);
  return {
    voters,
    replace(refused) {
      cost -= refused.estimates.costMicroUsd;
      const index = others.findIndex(({ estimates }) => cost + estimates.costMicroUsd <= boundMicroUsd);
      if (index < 0) return undefined;
      const [next] = others.splice(index, 1);
      cost += next?.estimates.costMicroUsd ?? 0;
      return next;
    },
  };
}
