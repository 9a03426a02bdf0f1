import { roundTo } from '../../system/input/decimal.ts';
import { SESSION_MARGIN_PCT } from './rank.ts';
import type { FirstChoice, Plan, RankedCandidate } from './plan.ts';

/** Why the first of a plan is first, in one sentence for people. */
export function explainFirst(plan: Plan): string {
  const sentence = sentences[plan.firstChoice](plan);
  return plan.standInsServe && plan.ranked.length > 0 ? sentence.slice(0, -1) + STAND_INS_SERVE : sentence;
}

const STAND_INS_SERVE = '; simulated models take part, because the policy lets no real model be called.';

const sentences: Readonly<Record<FirstChoice, (plan: Plan) => string>> = {
  nobody: () => 'No model may be called: `rejected` says why of each.',
  awaited: ({ ranked: [first] }) =>
    `No model may be called yet: ${keyOf(first)} recovers soonest, in ${first?.notBeforeMs ?? 0} ms.`,
  only: ({ ranked: [first] }) => `${keyOf(first)} is the only eligible model.`,
  session: ({ ranked: [first, ...others], nearEqualMarginPct }) =>
    `${keyOf(first)} answered this session’s last call, and its score, ${scoreOf(first)}, lies at most ${(nearEqualMarginPct + SESSION_MARGIN_PCT) / 100} below the best of the others, ${scoreOf(bestOf(others))}.`,
  best({ ranked: [first, ...others], nearEqualMarginPct }) {
    const next = bestOf(others);
    const rule = nearEqualMarginPct === 0 ? ', and the policy draws nothing among near-equals' : '';
    return `${keyOf(first)} has the best score, ${scoreOf(first)}; the next, ${keyOf(next)}, has ${scoreOf(next)}${rule}.`;
  },
  drawn: (plan) =>
    `${keyOf(plan.ranked[0])} was drawn, with a chance of ${chanceOf(plan.ranked[0])}, ${amongNearEquals(plan)}, ${scoreOf(bestOf(plan.ranked))}.`,
  voters: ({ ranked }) =>
    `${votersOf(ranked)} of distinct providers as far as there are; ${keyOf(ranked[0])} has the best score, ${scoreOf(ranked[0])}.`,
  undrawn: (plan) =>
    `${keyOf(plan.ranked[0])} has the best score; a call draws its first choice, this one with a chance of ${chanceOf(plan.ranked[0])}, ${amongNearEquals(plan)}, ${scoreOf(plan.ranked[0])}.`,
};

function amongNearEquals({ ranked, nearEqualMarginPct }: Plan): string {
  const sharers = ranked.filter(({ firstShare }) => firstShare > 0).length;
  return `among the ${sharers} models whose scores lie less than ${nearEqualMarginPct / 100} below the best`;
}

function votersOf(ranked: Plan['ranked']): string {
  const voters = ranked.filter(({ inPlan }) => inPlan).length;
  return voters === 1 ? '1 model votes,' : `${voters} models vote,`;
}

function bestOf(ranked: readonly RankedCandidate[]): RankedCandidate | undefined {
  return ranked.reduce<RankedCandidate | undefined>(
    (best, each) => (best === undefined || each.score > best.score ? each : best),
    undefined,
  );
}

function keyOf(ranked: RankedCandidate | undefined): string {
  return ranked?.candidate.key ?? 'nobody';
}

function scoreOf(ranked: RankedCandidate | undefined): number {
  return roundTo(4, ranked?.score ?? 0);
}

function chanceOf(ranked: RankedCandidate | undefined): string {
  return `${Math.round((ranked?.firstShare ?? 0) * 100)} %`;
}
