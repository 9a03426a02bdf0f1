import { estimate } from './budget.ts';
import { examineNow } from './eligibility.ts';
import type { Candidate, PlanInput } from './plan-input.ts';
import type { FirstChoice, Plan, RankedCandidate, RejectedCandidate } from './plan.ts';
import {
  affinityAmong,
  chooseFirst,
  firstPlaceAmong,
  firstShareOf,
  orderFallbacks,
  type FirstPlace,
} from './rank.ts';
import { scoreCandidate, type Scored } from './score.ts';
import { sift, withRejected, type RejectedAt } from './candidates/sift.ts';

/**
 * The version of the rules below and of votes. A change that could alter any plan increases it and keeps the old rules
 * for replay.
 */
export const PLANNER_VERSION = 6;

/**
 * Ranks what may be called for a request, says why nothing else may, and settles what will be tried. Pure: the
 * same input gives the same plan, bit for bit. When nothing may be called now but something recovers within the
 * deadline, the plan holds the soonest of those, with the time to wait for it.
 */
export function planRoute(input: PlanInput): Plan {
  const { request } = input;
  const sifted = sift(input);
  const scored: Scored[] = [];
  const refused: RejectedAt[] = [];
  for (const at of sifted.openAt) {
    const candidate = input.candidates[at] as Candidate;
    const estimates = estimate(candidate, request);
    const rejection = examineNow(candidate, estimates, request);
    if (rejection === null) scored.push(scoreCandidate(candidate, estimates, input.policy));
    else refused.push({ at, rejection });
  }
  const rejected = withRejected(sifted, refused);
  const { standInsServe, policy } = input;
  const { nearEqualMarginPct } = policy;
  const timeoutMs = Math.min(request.timeoutMs, policy.timeoutMs);
  const maxAttempts = mostAttempts(policy);
  const rules = { timeoutMs, maxAttempts, standInsServe, nearEqualMarginPct };
  const place = firstPlaceAmong(scored, nearEqualMarginPct);
  if (place !== undefined) {
    const { ranked, firstChoice } = rank(place, scored, input);
    // Field by field: this is what nearly every plan comes to.
    return { ranked, firstChoice, rejected, timeoutMs, maxAttempts, standInsServe, nearEqualMarginPct };
  }

  const awaited = soonest(rejected, input, timeoutMs);
  if (awaited === undefined) return { ranked: [], firstChoice: 'nobody', rejected, ...rules };
  return {
    ranked: [
      ranking(awaited.scored, { position: 1, firstShare: 1, affinity: false, inPlan: true }, awaited.waitMs),
    ],
    firstChoice: 'awaited',
    rejected: rejected.filter((rejection) => rejection !== awaited.rejection),
    ...rules,
  };
}

/**
 * Provider calls that a policy allows for one request. "Strict" promises a single one; merely switching fallback off
 * still allows the same model's retry.
 */
export function mostAttempts({ policyName, maxAttempts }: PlanInput['policy']): number {
  return policyName === 'strict_no_fallback' ? 1 : maxAttempts;
}

/** How long until the first of what a plan cannot call now can be called; null when waiting would not help. */
export function smallestRetryAfterMs(plan: Plan): number | null {
  let smallest: number | null = null;
  const waits = [
    ...plan.ranked.map((ranked) => ranked.notBeforeMs),
    ...plan.rejected.map((r) => r.retryAfterMs),
  ];
  for (const waitMs of waits) {
    if (waitMs !== null && (smallest === null || waitMs < smallest)) smallest = waitMs;
  }
  return smallest;
}

function rank(
  place: FirstPlace,
  scored: readonly Scored[],
  { policy, draw, request }: PlanInput,
): Pick<Plan, 'ranked' | 'firstChoice'> {
  const kept = affinityAmong(place, scored, request.affinity);
  const first = kept ?? chooseFirst(place, scored, draw);
  const others = scored.filter((candidate) => candidate !== first);
  const planned = policy.fallbackEnabled ? policy.maxAttempts : 1;
  const ranked = [first, ...orderFallbacks(others, first, policy.fallbackCostPenaltyBps)].map((each, index) =>
    ranking(
      each,
      {
        position: index + 1,
        firstShare: kept === undefined ? firstShareOf(place, each) : index === 0 ? 1 : 0,
        affinity: each === kept,
        inPlan: index < planned,
      },
      null,
    ),
  );
  return { ranked, firstChoice: howChosen(ranked, draw) };
}

function howChosen(ranked: readonly RankedCandidate[], draw: number | null): FirstChoice {
  if (ranked.length === 1) return 'only';
  if (ranked[0]?.affinity === true) return 'session';
  if (ranked[0]?.firstShare === 1) return 'best';
  return draw === null ? 'undrawn' : 'drawn';
}

function ranking(
  { candidate, score, contributions, estimates }: Scored,
  place: Pick<RankedCandidate, 'position' | 'firstShare' | 'affinity' | 'inPlan'>,
  notBeforeMs: number | null,
): RankedCandidate {
  // Field by field: spread, they take a tenth of a plan's time.
  const { position, firstShare, affinity, inPlan } = place;
  return { candidate, score, contributions, estimates, position, firstShare, affinity, inPlan, notBeforeMs };
}

interface Awaited {
  readonly scored: Scored;
  readonly rejection: RejectedCandidate;
  readonly waitMs: number;
}

/** Of what recovers within the deadline: the soonest, then the best score, then the first key. */
function soonest(
  rejected: readonly RejectedCandidate[],
  { request, policy }: PlanInput,
  timeoutMs: number,
): Awaited | undefined {
  let found: Awaited | undefined;
  for (const rejection of rejected) {
    const { candidate, reason, retryAfterMs: waitMs } = rejection;
    if (reason !== 'BREAKER_OPEN' && reason !== 'RATE_LIMITED') continue;
    if (waitMs === null || waitMs >= timeoutMs || (found && waitMs > found.waitMs)) continue;
    const scored = scoreCandidate(candidate, estimate(candidate, request), policy);
    if (found?.waitMs === waitMs && scored.score <= found.scored.score) continue;
    found = { scored, rejection, waitMs };
  }
  return found;
}
