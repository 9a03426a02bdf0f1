import type { PlanInput } from './plan-input.ts';
import { planRoute } from './plan-route.ts';
import type { Plan, RankedCandidate } from './plan.ts';
import { selectVoters } from './voters.ts';

/**
 * Who votes on a request: the best, of distinct providers as far as there are, up to the number asked for and the
 * attempts that the policy allows, whose estimated costs together stay within the request's bound; who does not fit is
 * passed over. They are in the plan, first; the others follow and take the place of whom admission refuses. Pure.
 */
export function planVote(input: PlanInput): Plan {
  const plan = planRoute(input);
  const most = Math.min(input.voters ?? 1, plan.maxAttempts);
  const inOrder = selectVoters(plan, plan.ranked.length);
  if (inOrder.length === 0) return plan;
  const bound = input.request.maxCostMicroUsd ?? Infinity;
  const voters: RankedCandidate[] = [];
  const others: RankedCandidate[] = [];
  let cost = 0;
  for (const ranked of inOrder) {
    const withIt = cost + ranked.estimates.costMicroUsd;
    const votes = voters.length < most && withIt <= bound;
    if (votes) cost = withIt;
    (votes ? voters : others).push(ranked);
  }
  const ranked = [...voters, ...others].map((each, index) => ({
    ...each,
    position: index + 1,
    inPlan: index < voters.length,
    firstShare: index === 0 ? 1 : 0,
    affinity: false,
  }));
  return { ...plan, ranked, firstChoice: 'voters' };
}
