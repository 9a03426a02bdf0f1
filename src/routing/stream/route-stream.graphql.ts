import { builder } from '../../graphql/builder.ts';
import { DegradedComponentRef, FailureClassRef } from '../../graphql/enums.ts';
import { ErrorInterface } from '../../graphql/errors.ts';
import { isAdmitted } from '../../graphql/open-stream.ts';
import { CompletionRef, RouteInputRef, RoutingDecisionRef } from '../../graphql/refs.ts';
import { toRefusal } from '../../graphql/result.ts';
import type { RefusalData } from '../../system/refusal.ts';
import { completionOf, toRouteRefusal, type RouteRefusalData } from '../record/call-end.ts';
import type { StreamEvent, StreamFailure } from './stream-event.ts';

type EventOf<Kind extends StreamEvent['kind']> = Extract<StreamEvent, { kind: Kind }>;

builder.objectRef<RouteRefusalData>('StreamInterrupted').implement({
  description: 'The stream broke after its first token, or was ended; see `RouteFailed.deliveredText`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    failureClass: t.field({
      type: FailureClassRef,
      description:
        'How it broke; CANCELLED: it was read too slowly, or the server stops, as the message says.',
      resolve: (refusal) => refusal.failureClass ?? 'CANCELLED',
    }),
    decision: t.field({
      type: RoutingDecisionRef,
      description:
        'What was decided; PENDING when a call with an idempotency key goes on without its caller.',
      resolve: (refusal) => refusal.decision,
    }),
  }),
});

const RouteDecidedRef = builder.objectRef<EventOf<'decided'>>('RouteDecided').implement({
  description: 'The decision is recorded. After a re-subscription it voids all text that came before it.',
  fields: (t) => ({
    decision: t.field({
      type: RoutingDecisionRef,
      description: 'What will be tried, and why; PENDING unless an earlier answer is replayed.',
      resolve: ({ view }) => view,
    }),
  }),
});

const AttemptStartedRef = builder.objectRef<EventOf<'attempt_started'>>('AttemptStarted').implement({
  description: 'A provider is being called. The next one is called only while no text has come.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'Which call it is, from 1, retries included.' }),
    providerSlug: t.exposeString('providerSlug', { description: 'The provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'Its model.' }),
  }),
});

const TextDeltaRef = builder.objectRef<EventOf<'text'>>('TextDelta').implement({
  description: 'More of the answer: to be appended to what came before.',
  fields: (t) => ({ text: t.exposeString('text', { description: 'The piece, never empty.' }) }),
});

const RouteCompletedRef = builder.objectRef<EventOf<'completed'>>('RouteCompleted').implement({
  description: 'The answer is complete and recorded. The last event.',
  fields: (t) => ({
    decision: t.field({
      type: RoutingDecisionRef,
      description: 'Why this model, with every attempt.',
      resolve: ({ outcome }) => outcome.view,
    }),
    completion: t.field({
      type: CompletionRef,
      description: 'The whole answer, with its tool calls and what it used.',
      resolve: ({ outcome }) => completionOf(outcome),
    }),
    degraded: t.field({
      type: [DegradedComponentRef],
      description: 'What was away meanwhile; empty: nothing.',
      resolve: ({ outcome }) => [...outcome.view.decision.degraded],
    }),
  }),
});

const RouteFailedRef = builder.objectRef<EventOf<'failed'>>('RouteFailed').implement({
  description: 'There is no answer, or not all of it. The last event.',
  fields: (t) => ({
    error: t.field({
      type: ErrorInterface,
      description:
        'Why: a refusal of `RouteResult`, or StreamInterrupted. More types may be added: keep a default branch.',
      resolve: ({ error }) => toError(error),
    }),
    deliveredText: t.exposeString('deliveredText', {
      description: 'All text that came before, joined; it may end amid a word.',
    }),
  }),
});

const eventRefs = {
  decided: RouteDecidedRef,
  attempt_started: AttemptStartedRef,
  text: TextDeltaRef,
  completed: RouteCompletedRef,
  failed: RouteFailedRef,
} as const;

const RouteStreamEventRef = builder.unionType('RouteStreamEvent', {
  description:
    'What happens to a streamed call: RouteDecided, AttemptStarted for each call to a provider, TextDelta, and at last RouteCompleted or RouteFailed. More may be added: keep a default branch.',
  types: Object.values(eventRefs),
  resolveType: ({ kind }) => eventRefs[kind],
});

builder.subscriptionField('routeStream', (t) =>
  t.field({
    type: RouteStreamEventRef,
    description:
      'Routes a call as `route` does, over models that can stream, and hands the answer over as it is written. Falls back until the first text; afterwards nothing is tried again. A client library that subscribes again by itself pays again: switch that off, or send an `idempotencyKey`, with which the answer is replayed as one TextDelta.',
    authScopes: { may: 'route' },
    args: { input: t.arg({ type: RouteInputRef, required: true, description: 'The call.' }) },
    subscribe: (_root, { input }, context) => {
      const { viewer, services, signal } = context;
      return services.routeStream.routeStream({ viewer, input, signal }, () => isAdmitted(context));
    },
    resolve: (event) => event,
  }),
);

function toError(error: StreamFailure): RefusalData {
  if (!(error instanceof Error)) return toRouteRefusal(error);
  const refusal = toRefusal(error);
  if (refusal === undefined) throw error;
  return refusal;
}
