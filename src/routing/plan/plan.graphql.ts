import { builder } from '../../graphql/builder.ts';
import { RejectionReasonRef } from '../../graphql/enums.ts';
import { RankedCandidateRef, RoutingPlanRef } from '../../graphql/refs.ts';
import { fromScaledInteger } from '../../system/decimal.ts';
import type { Estimates, RejectedCandidate, ScoreContributions } from './plan.ts';

/** GraphQL's Int ends here; a wait that is longer, as until somebody acts, is not worth a number. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

const tellableMs = (ms: number | null) => (ms === null || ms > LONGEST_WAIT_MS ? null : ms);

const ScoreContributionsRef = builder.objectRef<ScoreContributions>('ScoreContributions').implement({
  description: 'The parts of a score: (quality + latency + cost) × reliability × headroom.',
  fields: (t) => ({
    quality: t.exposeFloat('quality', { description: 'Its quality’s utility times the weight of quality.' }),
    latency: t.exposeFloat('latency', { description: 'Its speed’s utility times the weight of latency.' }),
    cost: t.exposeFloat('cost', { description: 'Its price’s utility times the weight of cost.' }),
    reliability: t.exposeFloat('reliability', {
      description: '0.05..1, from its recent successes and failures.',
    }),
    headroom: t.exposeFloat('headroom', { description: '0..1: falls as its provider’s allowance runs out.' }),
    fallbackPenaltyPct: t.float({
      description: 'Percent taken off when it was ordered among the fallbacks; `score` is shown without it.',
      resolve: ({ fallbackPenaltyBps }) => fromScaledInteger(fallbackPenaltyBps, 2),
    }),
  }),
});

const CandidateEstimatesRef = builder.objectRef<Estimates>('CandidateEstimates').implement({
  description: 'What calling the model for this request was expected to take.',
  fields: (t) => ({
    latencyMs: t.exposeFloat('latencyMs', { description: 'The time until the whole answer, milliseconds.' }),
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
    position: t.exposeInt('position', { description: 'From 1, the first choice.' }),
    providerSlug: t.string({
      description: 'Its provider.',
      resolve: ({ candidate }) => candidate.providerSlug,
    }),
    modelSlug: t.string({ description: 'Its name there.', resolve: ({ candidate }) => candidate.modelSlug }),
    score: t.exposeFloat('score', { description: '0..1, before any fallback penalty.' }),
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
    detail: t.exposeString('detail', { description: 'Why, for people.' }),
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
    ranked: t.field({
      type: [RankedCandidateRef],
      description: 'Every eligible model, best first.',
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
