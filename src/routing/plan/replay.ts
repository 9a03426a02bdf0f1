import type { PlanInput } from './plan-input.ts';
import { planRoute } from './plan-route.ts';
import type { Plan } from './plan.ts';

/** What planning again from a decision's stored input gives. */
export type Replay =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'unreplayable'; readonly plannerVersion: number };

/**
 * Every set of rules that ever planned a decision, by its version. Version 1 had one margin for all near-equals, which
 * the codec gives to what it stored; nothing else has changed since.
 */
const planners: ReadonlyMap<number, (input: PlanInput) => Plan> = new Map([
  [1, planRoute],
  [2, planRoute],
]);

/** The plan as it was, by the rules it was made by; rules that this build does not know are never guessed. */
export function replayPlan(input: PlanInput): Replay {
  const planner = planners.get(input.plannerVersion);
  if (planner === undefined) return { kind: 'unreplayable', plannerVersion: input.plannerVersion };
  return { kind: 'plan', plan: planner(input) };
}
