import { builder } from '../../graphql/builder.ts';
import { RejectionReasonRef } from '../../graphql/enums.ts';
import { RankedCandidateRef, RoutingPlanRef } from '../../graphql/refs.ts';
import { lackOf } from '../../catalog/warnings.ts';
import { fromScaledInteger, roundTo } from '../../system/input/decimal.ts';
import { explainFirst } from './explain-first.ts';
import type { RankedCandidate, RejectedCandidate, ScoreContributions } from './plan.ts';

/** GraphQL's Int ends here; a wait that is longer, as until somebody acts, is not worth a number. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

const tellableMs = (ms: number | null) => (ms === null || ms > LONGEST_WAIT_MS ? null : ms);

/** Finer than any difference of scores or shares that matters. */
const shown = (value: number) => roundTo(6, value);

const ScoreContributionsRef = builder.objectRef<ScoreContributions>('ScoreContributions').implement({
  description: 'The parts of a score: (quality + latency + cost) × reliability × headroom.',
  fields: (t) => ({
    quality: t.float({
      description: 'Its quality’s utility times the weight of quality.',
      resolve: ({ quality }) => shown(quality),
    }),
    latency: t.float({
      description: 'Its speed’s utility times the weight of latency.',
      resolve: ({ latency }) => shown(latency),
    }),
    cost: t.float({
      description: 'Its price’s utility times the weight of cost.',
      resolve: ({ cost }) => shown(cost),
    }),
    reliability: t.float({
      description: '0.05..1, from its recent successes and failures.',
      resolve: ({ reliability }) => shown(reliability),
    }),
    headroom: t.float({
      description: '0..1: falls as its provider’s allowance runs out.',
      resolve: ({ headroom }) => shown(headroom),
    }),
    fallbackPenaltyPct: t.float({
      description: 'Percent taken off when it was ordered among the fallbacks; `score` is shown without it.',
      resolve: ({ fallbackPenaltyBps }) => fromScaledInteger(fallbackPenaltyBps, 2),
    }),
  }),
});

const CandidateEstimatesRef = builder.objectRef<RankedCandidate>('CandidateEstimates').implement({
  description:
    'What calling the model for this request was expected to take, and what that was learned from.',
  fields: (t) => ({
    latencyMs: t.float({
      description:
        'The time until the whole answer, milliseconds: what the catalog expects, times `latencyRatio`.',
      resolve: ({ estimates: { latencyMs } }) => roundTo(3, latencyMs),
    }),
    latencyRatio: t.float({
      description:
        'How long the model’s latest calls took against what the catalog expects of answers of their length; 1 while nothing is known.',
      resolve: ({ candidate: { measures } }) => fromScaledInteger(measures.latencyRatioPermille, 3),
    }),
    successes: t.float({
      description: 'Its latest successes; each counts half after two minutes.',
      resolve: ({ candidate: { measures } }) => fromScaledInteger(measures.successesHundredths, 2),
    }),
    failures: t.float({
      description: 'Its latest failures that count for the breaker; each counts half after two minutes.',
      resolve: ({ candidate: { measures } }) => fromScaledInteger(measures.failuresHundredths, 2),
    }),
    costUsd: t.float({
      description: 'Estimated input and the whole output budget at the catalog’s prices, USD.',
      resolve: ({ estimates: { costMicroUsd } }) => fromScaledInteger(costMicroUsd, 6),
    }),
    ats: t.float({
      description: 'Quality for the request’s type of task, 0..1.',
      resolve: ({ estimates: { atsBps } }) => fromScaledInteger(atsBps, 4),
    }),
    outputBudgetTokens: t.int({
      description: 'The output tokens that its provider is allowed, reasoning included.',
      resolve: ({ estimates: { outputBudgetTokens } }) => outputBudgetTokens,
    }),
    reasoningFloorApplied: t.boolean({
      description: 'Whether the budget was raised so that reasoning leaves room for an answer.',
      resolve: ({ estimates: { reasoningFloorApplied } }) => reasoningFloorApplied,
    }),
    outputBudgetLowered: t.boolean({
      description: 'Whether the request’s `maxOutputTokens` was lowered to the model’s limit.',
      resolve: ({ estimates: { outputBudgetLowered } }) => outputBudgetLowered,
    }),
  }),
});

builder.objectType(RankedCandidateRef, {
  description: 'An eligible model and its place in the ranking.',
  fields: (t) => ({
    position: t.exposeInt('position', {
      description: 'From 1, the first choice: drawn among near-equals, in previews the best score.',
    }),
    providerSlug: t.string({
      description: 'Its provider.',
      resolve: ({ candidate }) => candidate.providerSlug,
    }),
    modelSlug: t.string({ description: 'Its name there.', resolve: ({ candidate }) => candidate.modelSlug }),
    score: t.float({
      description: '0..1, before any fallback penalty.',
      resolve: ({ score }) => shown(score),
    }),
    firstShare: t.float({
      description:
        'How likely a call tries it first, 0..1: models whose scores lie within the policy’s `nearEqualMargin` of the best share the first place, the likelier the nearer.',
      resolve: ({ firstShare }) => shown(firstShare),
    }),
    affinity: t.exposeBoolean('affinity', {
      description:
        'Whether it comes first because it answered the session’s last call, so that its provider’s prompt cache is warm.',
    }),
    contributions: t.field({
      type: ScoreContributionsRef,
      description: 'What the score is made of.',
      resolve: ({ contributions }) => contributions,
    }),
    estimates: t.field({
      type: CandidateEstimatesRef,
      description: 'What calling it was expected to take.',
      resolve: (ranked) => ranked,
    }),
    inPlan: t.exposeBoolean('inPlan', {
      description: 'Whether it will be tried, as far as attempts and time allow.',
    }),
    notBeforeMs: t.int({
      nullable: true,
      description: 'How long the call waits before it is tried, milliseconds; null: not at all.',
      resolve: ({ notBeforeMs }) => tellableMs(notBeforeMs),
    }),
  }),
});

const RejectedCandidateRef = builder.objectRef<RejectedCandidate>('RejectedCandidate').implement({
  description: 'A model that was not eligible, and the first reason why.',
  fields: (t) => ({
    providerSlug: t.string({
      description: 'Its provider.',
      resolve: ({ candidate }) => candidate.providerSlug,
    }),
    modelSlug: t.string({ description: 'Its name there.', resolve: ({ candidate }) => candidate.modelSlug }),
    reason: t.expose('reason', { type: RejectionReasonRef, description: 'Why, for programs.' }),
    detail: t.string({
      description: 'Why, for people. Of a missing credential the name that the catalog has for it by now.',
      resolve({ detail, candidate: { disabledCause, providerSlug } }, _, { services }) {
        if (disabledCause !== 'no_credentials') return detail;
        const found = services.catalog.view().provider(providerSlug);
        const name = found?.provider.credentialName;
        if (found === undefined || name == null) return detail;
        return `${detail.slice(0, -1)}: ${name} ${lackOf(found)}.`;
      },
    }),
    retryAfterMs: t.int({
      nullable: true,
      description: 'Milliseconds until it may be eligible again; null when waiting alone does not help.',
      resolve: ({ retryAfterMs }) => tellableMs(retryAfterMs),
    }),
  }),
});

builder.objectType(RoutingPlanRef, {
  description: 'What is tried for a request, in which order, and why nothing else is.',
  fields: (t) => ({
    reason: t.string({
      description: 'Why the first is first, in one sentence for people.',
      resolve: explainFirst,
    }),
    ranked: t.field({
      type: [RankedCandidateRef],
      description:
        'Every eligible model: the first choice, then those that stand in for it, by score; dearer ones by their score less the policy’s penalty.',
      resolve: ({ ranked }) => [...ranked],
    }),
    rejected: t.field({
      type: [RejectedCandidateRef],
      description: 'Every other model of the catalog, by key.',
      resolve: ({ rejected }) => [...rejected],
    }),
    timeoutMs: t.exposeInt('timeoutMs', { description: 'The whole call’s time.' }),
  }),
});
