import type { RankedCandidate } from '../plan/plan.ts';
import { toAttempt, type Execution } from '../act/execution.ts';
import type { RoutedCall } from '../act/routed-call.ts';
import {
  toNextAttempt,
  walkPlan,
  type AttemptMaker,
  type WalkDependencies,
} from '../act/walk-plan.service.ts';
import { endOfOne, endOfVote, type CastBallot } from './end-of-vote.ts';
import { seatsOf } from './seats.ts';

/**
 * Has all voters of a plan called at once, each one time; whom admission refuses has sent nothing and is replaced, whose
 * call fails is not. Where nobody may be called yet, the first that may be within the call's time votes alone, as a call
 * would have waited for it. Ends when the last ballot is in. Never rejects.
 */
export async function castBallots(
  call: RoutedCall,
  attempt: AttemptMaker,
  dependencies: WalkDependencies,
): Promise<Execution> {
  const { clock } = dependencies;
  const { plan, planInput, request, deadlineMs, signal } = call;
  const seats = seatsOf(plan, planInput.request.maxCostMicroUsd ?? Infinity);
  const isOver = () => signal.aborted || clock.monotonicMs() >= deadlineMs;

  async function cast(voter: RankedCandidate): Promise<CastBallot | null> {
    let ranked: RankedCandidate | undefined = voter;
    while (ranked !== undefined && !isOver()) {
      const next = { ranked, place: undefined, position: ranked.position, isLast: true };
      const outcome = await attempt(toNextAttempt(call, next, dependencies));
      if (outcome.kind !== 'refused') return { ranked, outcome };
      ranked = seats.replace(ranked);
    }
    return null;
  }

  const ballots = await Promise.all(seats.voters.map(cast));
  if (ballots.every((ballot) => ballot === null) && !isOver()) {
    const { attempts, end } = await walkPlan(
      { ...call, plan: { ...plan, maxAttempts: 1 } },
      attempt,
      dependencies,
    );
    return { attempts, end: endOfOne(end) };
  }
  const inOrder = ballots
    .filter((ballot) => ballot !== null)
    .sort((one, other) => one.ranked.position - other.ranked.position);
  const attempts = inOrder.map(({ ranked, outcome }, index) =>
    toAttempt(index + 1, { ...call, ranked }, outcome),
  );
  const isJson = request.responseFormat.type !== 'text';
  return { attempts, end: endOfVote(inOrder, { isJson, isCancelled: signal.aborted }) };
}
