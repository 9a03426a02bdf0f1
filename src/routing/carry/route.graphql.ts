import { builder } from '../../graphql/builder.ts';
import { DegradedComponentRef, FailureClassRef } from '../../graphql/enums.ts';
import { ErrorInterface } from '../../graphql/errors.ts';
import {
  AttemptsExhaustedRef,
  CompletionRef,
  DeadlineExceededRef,
  NoEligibleModelRef,
  RouteInputRef,
  RoutingDecisionRef,
} from '../../graphql/refs.ts';
import { defineResult } from '../../graphql/result.ts';
import {
  completionOf,
  isSuccess,
  toWholeRefusal,
  type RouteRefusalData,
  type RouteSuccess,
} from '../record/call-end.ts';

const RouteSuccessRef = builder.objectRef<RouteSuccess>('RouteSuccess').implement({
  description: 'A model answered.',
  fields: (t) => ({
    decision: t.field({
      type: RoutingDecisionRef,
      description: 'Why this model.',
      resolve: ({ view }) => view,
    }),
    completion: t.field({ type: CompletionRef, description: 'Its answer.', resolve: completionOf }),
    degraded: t.field({
      type: [DegradedComponentRef],
      description: 'What was away meanwhile; empty: nothing.',
      resolve: ({ view }) => [...view.decision.degraded],
    }),
  }),
});

/** A refusal that was decided and recorded; the fields that all of them share. */
function defineRouteRefusal(ref: typeof NoEligibleModelRef, description: string, waits: boolean): void {
  builder.objectType(ref, {
    description,
    interfaces: [ErrorInterface],
    fields: (t) => ({
      decision: t.field({
        type: RoutingDecisionRef,
        description: 'What was decided, and why.',
        resolve: (refusal) => refusal.decision,
      }),
    }),
  });
  if (waits) {
    builder.objectField(ref, 'retryAfterMs', (t) =>
      t.int({
        nullable: true,
        description: 'Milliseconds after which a retry makes sense; null when waiting would not help.',
        resolve: (refusal) => refusal.retryAfterMs,
      }),
    );
  }
}

defineRouteRefusal(
  NoEligibleModelRef,
  'No candidate may be called now; `retryAfterMs` is set when waiting would help.',
  true,
);
defineRouteRefusal(AttemptsExhaustedRef, 'Every planned attempt failed.', true);
defineRouteRefusal(DeadlineExceededRef, 'The call’s whole time ended.', false);
const RequestRefusedRef = builder.objectRef<RouteRefusalData>('RequestRefused');
defineRouteRefusal(
  RequestRefusedRef,
  'The provider refused the request itself (invalid, or filtered content): no further model is tried.',
  false,
);
builder.objectField(RequestRefusedRef, 'failureClass', (t) =>
  t.field({
    type: FailureClassRef,
    description: 'How it was refused.',
    resolve: (refusal) => refusal.failureClass ?? 'INVALID_REQUEST',
  }),
);

const RouteResult = defineResult(
  'RouteResult',
  'The answer to a routed call, or why there is none.',
  RouteSuccessRef,
  [
    NoEligibleModelRef,
    AttemptsExhaustedRef,
    DeadlineExceededRef,
    RequestRefusedRef,
    'InvalidInput',
    'RateLimited',
    'Conflict',
    'Unavailable',
  ],
);

builder.mutationField('route', (t) =>
  t.field({
    type: RouteResult.type,
    description:
      'Ranks the models under the tenant’s policy, calls the best one, falls back along the plan, and records why.',
    authScopes: { may: 'route' },
    args: { input: t.arg({ type: RouteInputRef, required: true, description: 'The call.' }) },
    resolve: (_root, { input }, { viewer, services, signal }) =>
      RouteResult.resolve(async () => {
        const outcome = await services.route.route({ viewer, input, signal });
        return isSuccess(outcome) ? outcome : toWholeRefusal(outcome);
      }),
  }),
);
