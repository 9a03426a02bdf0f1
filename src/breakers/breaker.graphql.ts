import { builder } from '../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  keyPageRequest,
  toPage,
} from '../graphql/connection.ts';
import { BreakerModeRef, BreakerStateRef } from '../graphql/enums.ts';
import { forOperators, seesOperations } from '../graphql/operations.ts';
import { CircuitBreakerRef, ModelRef } from '../graphql/refs.ts';
import { modelKey } from '../providers/model-key.ts';
import type { BreakerView } from './breaker-view.ts';

builder.node(CircuitBreakerRef, {
  description:
    'What keeps calls from a model that fails. Every model of the catalog has one; the fleet shares it.',
  id: { resolve: ({ key }) => key, description: 'The breaker’s global id.' },
  loadOne: (key, { services }) =>
    services.catalog.view().model(key) === undefined ? null : services.breakers.viewOf(key),
  fields: (t) => ({
    providerSlug: t.exposeString('providerSlug', { description: 'The model’s provider.' }),
    modelSlug: t.exposeString('modelSlug', { description: 'The model’s name at its provider.' }),
    state: t.expose('state', {
      type: BreakerStateRef,
      description: 'CLOSED lets calls through, OPEN none, HALF_OPEN one at a time that tries.',
    }),
    mode: t.expose('mode', { type: BreakerModeRef, description: 'Who decides.' }),
    modeReason: t.string({
      nullable: true,
      ...forOperators,
      description: 'Why an operator forced it; null under AUTO, and for others than ADMIN.',
      resolve: ({ modeReason }, _, { viewer }) => (seesOperations(viewer) ? modeReason : null),
    }),
    modeUntil: t.expose('modeUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When it becomes AUTO by itself; null: until further notice, or AUTO.',
    }),
    consecutiveFailures: t.exposeInt('consecutiveFailures', {
      description: 'Failures in a row that count towards a trip; 0 unless CLOSED.',
    }),
    tripCount: t.exposeInt('tripCount', { description: 'How often it has opened.' }),
    generation: t.exposeInt('generation', {
      description: 'Rises with every transition. `overrideBreaker` and `resetBreaker` name the one they saw.',
    }),
    openedAt: t.expose('openedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last opened.',
    }),
    halfOpenAt: t.expose('halfOpenAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a probe was last let through after a cool-off.',
    }),
    closedAt: t.expose('closedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last closed; null when it never was open.',
    }),
    lastFailureAt: t.expose('lastFailureAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a call last failed in a way that counts.',
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'The last success that changed something here. Successes of a healthy model are not written.',
    }),
    nextProbeAt: t.expose('nextProbeAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next probe may begin; in the past: it is due. Null while none is needed.',
    }),
    retryAfterMs: t.exposeInt('retryAfterMs', {
      nullable: true,
      description:
        'Milliseconds until a call may be let through; null while it may, and while there is no end.',
    }),
  }),
});

builder.objectField(ModelRef, 'breaker', (t) =>
  t.field({
    type: CircuitBreakerRef,
    description: 'Its circuit breaker.',
    resolve: ({ providerSlug, slug }, _, { services }) =>
      services.breakers.viewOf(modelKey(providerSlug, slug)),
  }),
);

const CircuitBreakerConnection = defineConnection<BreakerView>('CircuitBreaker', CircuitBreakerRef);

builder.queryField('circuitBreakers', (t) =>
  t.field({
    type: CircuitBreakerConnection,
    description: 'The breakers of all models in use, by key. Answered from memory, whatever is away.',
    authScopes: { may: 'readCatalog' },
    complexity: connectionComplexity,
    args: {
      states: t.arg({ type: [BreakerStateRef], description: 'Only those in one of these states.' }),
      providerSlug: t.arg.string({ description: 'Only this provider’s.' }),
      ...connectionArgs,
    },
    resolve: (_, { states, providerSlug, ...args }, { services }) => {
      const page = keyPageRequest(args);
      const views = services.catalog
        .view()
        .models.filter(({ key }) => page.after === null || key > page.after)
        .filter(({ model }) => model.archivedAt === null)
        .filter(({ model }) => providerSlug == null || model.providerSlug === providerSlug)
        .map(({ key }) => services.breakers.viewOf(key))
        .filter(({ state }) => states == null || states.includes(state));
      return toPage(page, views.slice(0, page.first + 1), ({ key }) => key);
    },
  }),
);
