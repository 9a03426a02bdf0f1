import { builder } from '../../graphql/builder.ts';
import { RankedCandidateRef, RouteInputRef, RoutingPlanRef } from '../../graphql/refs.ts';
import { defineResult } from '../../graphql/result.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import type { Plan, RankedCandidate } from './plan.ts';
import { selectVoters } from './voters.ts';

/** Voters at most: beyond it, more opinions cost more than they tell. */
const maxVoters = 20;

const PreviewRouteResult = defineResult(
  'PreviewRouteResult',
  'A plan, or what is wrong with the input.',
  RoutingPlanRef,
  ['InvalidInput'],
);

interface VoterSelection {
  readonly voters: readonly RankedCandidate[];
  readonly plan: Plan;
}

const VoterSelectionRef = builder.objectRef<VoterSelection>('VoterSelection').implement({
  description: 'Who would vote on a request.',
  fields: (t) => ({
    voters: t.field({
      type: [RankedCandidateRef],
      description:
        'The best candidates from distinct providers, best first; the same provider only when there are not enough.',
      resolve: ({ voters }) => [...voters],
    }),
    plan: t.field({
      type: RoutingPlanRef,
      description: 'The plan they were taken from.',
      resolve: ({ plan }) => plan,
    }),
  }),
});

const VotersResult = defineResult(
  'VotersResult',
  'The voters, or what is wrong with the input.',
  VoterSelectionRef,
  ['InvalidInput'],
);

builder.queryField('previewRoute', (t) =>
  t.field({
    type: PreviewRouteResult.type,
    description: 'Ranks and explains without calling anybody.',
    authScopes: { may: 'preview' },
    args: { input: t.arg({ type: RouteInputRef, required: true, description: 'The call to explain.' }) },
    resolve: (_root, { input }, { viewer, services }) =>
      PreviewRouteResult.resolve(() => services.planner.plan(viewer.tenantId, input).plan),
  }),
);

builder.queryField('voters', (t) =>
  t.field({
    type: VotersResult.type,
    description: 'The k best candidates for a vote, without calling anybody.',
    authScopes: { may: 'preview' },
    args: {
      input: t.arg({ type: RouteInputRef, required: true, description: 'The call to vote on.' }),
      k: t.arg.int({ defaultValue: 3, description: `How many, 1..${maxVoters}.` }),
    },
    resolve: (_root, { input, k }, { viewer, services }) =>
      VotersResult.resolve(() => {
        const count = k ?? 3;
        if (count < 1 || count > maxVoters) {
          throw new InvalidInputError([{ path: ['k'], message: `must be 1..${maxVoters}` }]);
        }
        const { plan } = services.planner.plan(viewer.tenantId, input);
        return { plan, voters: selectVoters(plan, count) };
      }),
  }),
);
