import type { Attempt } from '../../calls/call.ts';
import { builder } from '../../graphql/builder.ts';
import {
  AttemptRef,
  AttemptsExhaustedRef,
  CompletionRef,
  DeadlineExceededRef,
  NoEligibleModelRef,
  RouteInputRef,
  RoutingDecisionRef,
} from '../../graphql/refs.ts';
import { defineResult } from '../../graphql/result.ts';
import { modelKey } from '../../providers/model-key.ts';
import type { ProviderAnswer } from '../../providers/provider.ts';
import { roundTo } from '../../system/input/decimal.ts';
import { isVoted, toWholeRefusal, type VoteSuccess } from '../record/call-end.ts';
import { voterCounts } from './vote.service.ts';

interface Ballot {
  readonly attempt: Attempt;
  readonly answer: ProviderAnswer | null;
}

const BallotRef = builder.objectRef<Ballot>('Ballot').implement({
  description: 'What one voter said.',
  fields: (t) => ({
    providerSlug: t.string({ description: 'Its provider.', resolve: ({ attempt }) => attempt.providerSlug }),
    modelSlug: t.string({ description: 'Its name there.', resolve: ({ attempt }) => attempt.modelSlug }),
    attempt: t.field({
      type: AttemptRef,
      description: 'Its one call, as the decision has it.',
      resolve: ({ attempt }) => attempt,
    }),
    completion: t.field({
      type: CompletionRef,
      nullable: true,
      description: 'Its answer; null when its call failed.',
      resolve: ({ attempt, answer }) =>
        answer && {
          answer,
          modelKey: modelKey(attempt.providerSlug, attempt.modelSlug),
          costMicroUsd: attempt.costMicroUsd ?? 0,
        },
    }),
  }),
});

const VotePayloadRef = builder.objectRef<VoteSuccess>('VotePayload').implement({
  description: 'At least one voter answered.',
  fields: (t) => ({
    ballots: t.field({
      type: [BallotRef],
      description: 'One for each voter that was called, best candidate first.',
      resolve: ({ view, end }) =>
        view.decision.attempts.map((attempt, index) => ({ attempt, answer: end.answers[index] ?? null })),
    }),
    agreement: t.float({
      nullable: true,
      description:
        'The share of the answers in the largest group that says the same, 0..1; null with fewer than two answers. JSON is compared by value, tool calls by name and arguments, other text without case, white space and what frames it.',
      resolve: ({ end }) => end.agreement && roundTo(6, end.agreement),
    }),
    decision: t.field({
      type: RoutingDecisionRef,
      description:
        'Why these voters, with one attempt for each; its model is that of the first ballot of the largest group, its cost the sum.',
      resolve: ({ view }) => view,
    }),
  }),
});

const VoteInputRef = builder.inputType('VoteInput', {
  description: 'A request that several models answer.',
  fields: (t) => ({
    request: t.field({
      type: RouteInputRef,
      required: true,
      description:
        'What each of them is asked. `maxCostUsd` bounds the estimated sum over all voters; a `sessionId` plays no part.',
    }),
    voters: t.int({
      defaultValue: voterCounts.usual,
      description: `How many models are asked, 1..${voterCounts.most}; fewer when the policy’s \`maxAttempts\` (1 under STRICT_NO_FALLBACK), the cost bound or the eligible models allow no more.`,
    }),
  }),
});

const VoteResult = defineResult('VoteResult', 'The ballots, or why there are none.', VotePayloadRef, [
  NoEligibleModelRef,
  AttemptsExhaustedRef,
  DeadlineExceededRef,
  'InvalidInput',
  'RateLimited',
  'Conflict',
  'Unavailable',
]);

builder.mutationField('vote', (t) =>
  t.field({
    type: VoteResult.type,
    description:
      'Asks the best models of distinct providers at the same time, and answers with every ballot, how far they agree, and one decision. Each voter is called once and not replaced when it fails. The API key’s quota counts a request for each voter.',
    authScopes: { may: 'route' },
    args: { input: t.arg({ type: VoteInputRef, required: true, description: 'The request, and how many.' }) },
    resolve: (_root, { input }, { viewer, services, signal }) =>
      VoteResult.resolve(async () => {
        const { request, voters } = input;
        const outcome = await services.vote.vote({ viewer, input: request, voters, signal });
        return isVoted(outcome) ? outcome : toWholeRefusal(outcome);
      }),
  }),
);
