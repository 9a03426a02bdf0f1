import { builder } from '../../graphql/builder.ts';
import { RankedCandidateRef, RouteInputRef, RoutingPlanRef } from '../../graphql/refs.ts';
import { defineResult } from '../../graphql/result.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { InvalidInputError } from '../../system/expected-error.ts';
import { noSuchTenant, requireTenantId } from '../../tenants/viewer-scope.ts';
import type { RawRouteInput } from '../request/raw-route-input.ts';
import type { Plan, RankedCandidate } from './plan.ts';
import { selectVoters } from './voters.ts';

/** Voters at most: beyond it, more opinions cost more than they tell. */
const MAX_VOTERS = 20;

const PreviewRouteResult = defineResult(
  'PreviewRouteResult',
  'A plan, or why there is none.',
  RoutingPlanRef,
  ['InvalidInput', 'RateLimited'],
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

const VotersResult = defineResult('VotersResult', 'The voters, or why there are none.', VoterSelectionRef, [
  'InvalidInput',
  'RateLimited',
]);

const tenantIdArg = { description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.' };

builder.queryField('previewRoute', (t) =>
  t.field({
    type: PreviewRouteResult.type,
    description:
      'Ranks and explains without calling anybody. Draws nothing: the best score comes first, and `firstShare` says how likely a call begins with it. Counts as a request of the API key’s quota.',
    authScopes: { may: 'preview' },
    args: {
      input: t.arg({ type: RouteInputRef, required: true, description: 'The call to explain.' }),
      tenantId: t.arg.globalID(tenantIdArg),
    },
    resolve: (_root, { input, tenantId }, context) =>
      PreviewRouteResult.resolve(() => preview(context, tenantId, input)),
  }),
);

builder.queryField('voters', (t) =>
  t.field({
    type: VotersResult.type,
    description:
      'The k best candidates for a vote, without calling anybody. `vote` takes as many of them as the policy’s `maxAttempts` and the bound on their cost together allow. Counts as a request of the API key’s quota.',
    authScopes: { may: 'preview' },
    args: {
      input: t.arg({ type: RouteInputRef, required: true, description: 'The call to vote on.' }),
      k: t.arg.int({ defaultValue: 3, description: `How many, 1..${MAX_VOTERS}.` }),
      tenantId: t.arg.globalID(tenantIdArg),
    },
    resolve: (_root, { input, k, tenantId }, context) =>
      VotersResult.resolve(async () => {
        const count = k ?? 3;
        if (count < 1 || count > MAX_VOTERS) {
          throw new InvalidInputError([{ path: ['k'], message: `must be 1..${MAX_VOTERS}` }]);
        }
        const plan = await preview(context, tenantId, input);
        return { plan, voters: selectVoters(plan, count) };
      }),
  }),
);

/** What a call of the named tenant's, else of the caller's own, would do now. */
async function preview(
  { viewer, services }: RequestContext,
  named: Parameters<typeof requireTenantId>[1],
  input: RawRouteInput,
): Promise<Plan> {
  const tenantId = requireTenantId(viewer, named);
  if ((await services.policies.find(tenantId)) === undefined) throw noSuchTenant();
  // It is as much work as planning a call, and takes no tokens.
  using _grant = services.quota.take(viewer.keyId, () => 0);
  return services.planner.preview(tenantId, input);
}
