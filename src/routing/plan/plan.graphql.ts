import { builder } from '../../graphql/builder.ts';
import { RejectionReasonRef } from '../../graphql/enums.ts';
import { RankedCandidateRef, RoutingPlanRef } from '../../graphql/refs.ts';
import { fromScaledInteger, roundTo } from '../../system/input/decimal.ts';
import { explainFirst } from './explain-first.ts';
import type { Estimates, RejectedCandidate, ScoreContributions } from './plan.ts';

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

const CandidateEstimatesRef = builder.objectRef<Estimates>('CandidateEstimates').implement({
  description: 'What calling the model for this request was expected to take.',
  fields: (t) => ({
    latencyMs: t.float({
      description: 'The time until the whole answer, milliseconds.',
      resolve: ({ latencyMs }) => roundTo(3, latencyMs),
    }),
    costUsd: t.float({
      description: 'Estimated input and the whole output budget at the catalog’s prices, USD.',
      resolve: ({ costMicroUsd }) => fromScaledInteger(costMicroUsd, 6),
    }),
    ats: t.float({
      description: 'Quality for the request’s type of task, 0..1.',
      resolve: ({ atsBps }) => fromScaledInteger(atsBps, 4),
    }),
    outputBudgetTokens: t.exposeInt('outputBudgetTokens', {
      description: 'The output tokens that its provider is allowed, reasoning included.',
    }),
    reasoningFloorApplied: t.exposeBoolean('reasoningFloorApplied', {
      description: 'Whether the budget was raised so that reasoning leaves room for an answer.',
    }),
    outputBudgetLowered: t.exposeBoolean('outputBudgetLowered', {
      description: 'Whether the request’s `maxOutputTokens` was lowered to the model’s limit.',
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
    contributions: t.field({
      type: ScoreContributionsRef,
      description: 'What the score is made of.',
      resolve: ({ contributions }) => contributions,
    }),
    estimates: t.field({
      type: CandidateEstimatesRef,
      description: 'What calling it was expected to take.',
      resolve: ({ estimates }) => estimates,
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
        const name = services.catalog.view().provider(providerSlug)?.provider.credentialName;
        return name == null ? detail : `${detail.slice(0, -1)}: ${name} is neither set nor a mounted file.`;
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
