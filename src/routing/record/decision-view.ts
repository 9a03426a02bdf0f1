import type { Decision, DecisionView } from './decision.ts';
import type { Plan } from '../plan/plan.ts';
import { replayPlan } from '../plan/replay.ts';

/** The decision was planned by rules that this build does not know. */
export class UnreplayableError extends Error {
  constructor(plannerVersion: number) {
    super(`This build has no planner of version ${plannerVersion}`);
  }
}

/** A view of a decision; pass the plan where it is known, and it is not made again. */
export function viewDecision(decision: Decision, known?: Plan): DecisionView {
  let plan = known;
  return {
    decision,
    plan() {
      plan ??= replayed(decision);
      return plan;
    },
  };
}

function replayed({ planInput }: Decision): Plan {
  const replay = replayPlan(planInput);
  if (replay.kind === 'unreplayable') throw new UnreplayableError(replay.plannerVersion);
  return replay.plan;
}
