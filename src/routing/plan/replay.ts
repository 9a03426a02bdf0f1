import type { PlanInput } from './plan-input.ts';
import { planRoute } from './plan-route.ts';
import { planVote } from './plan-vote.ts';
import type { Plan } from './plan.ts';

/** What planning again from a decision's stored input gives. */
export type Replay =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'unreplayable'; readonly plannerVersion: number };

/**
 * Every set of rules that ever planned a decision, by its version. Version 1 had one margin for all near-equals, which
 * the codec gives to what it stored. Up to version 2 simulated models stood aside wherever a real one had credentials,
 * which is what an input without `standInsServe` says, and no session had a model. Up to version 4, which was that of votes
 * alone, a model that embeds was no other than the rest. Version 6 plans as the one before it: its texts may name their
 * candidates, and builds that know of no lists must not take them for none.
 */
const planners: ReadonlyMap<number, (input: PlanInput) => Plan> = new Map([
  [1, planRoute],
  [2, planRoute],
  [3, planRoute],
  [4, planVote],
  [5, planEither],
  [6, planEither],
]);

function planEither(input: PlanInput): Plan {
  return input.voters === undefined ? planRoute(input) : planVote(input);
}

/** The plan as it was, by the rules it was made by; rules that this build does not know are never guessed. */
export function replayPlan(input: PlanInput): Replay {
  const planner = planners.get(input.plannerVersion);
  if (planner === undefined) return { kind: 'unreplayable', plannerVersion: input.plannerVersion };
  return { kind: 'plan', plan: planner(input) };
}
