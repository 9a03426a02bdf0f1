import { builder } from '../graphql/builder.ts';
import { BreakerModeRef } from '../graphql/enums.ts';
import { CircuitBreakerRef } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { modelKey } from '../providers/model-key.ts';
import { actorOf } from '../tenants/viewer.ts';
import type { BreakerView } from './breaker-view.ts';

const OverrideBreakerInput = builder.inputType('OverrideBreakerInput', {
  description: 'What an operator decides about a breaker, for every instance.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'The model’s provider.' }),
    modelSlug: t.string({ required: true, description: 'The model’s name at its provider.' }),
    mode: t.field({ type: BreakerModeRef, required: true, description: 'What holds from now on.' }),
    reason: t.string({ required: true, description: 'Why, for those who find it so. 1..500 characters.' }),
    until: t.field({
      type: 'DateTime',
      description: 'When it becomes AUTO by itself; absent: until further notice. Not with AUTO.',
    }),
    generation: t.int({
      required: true,
      description: 'The generation that was seen: Conflict when the breaker has moved on.',
    }),
  }),
});

const ResetBreakerInput = builder.inputType('ResetBreakerInput', {
  description: 'Which breaker to close and rid of its failures.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'The model’s provider.' }),
    modelSlug: t.string({ required: true, description: 'The model’s name at its provider.' }),
    reason: t.string({ required: true, description: 'Why, for the record. 1..500 characters.' }),
    generation: t.int({
      required: true,
      description: 'The generation that was seen: Conflict when the breaker has moved on.',
    }),
  }),
});

const OverrideBreakerPayload = builder
  .objectRef<{ readonly breaker: BreakerView }>('OverrideBreakerPayload')
  .implement({
    description: 'The change holds for every instance, and is on record.',
    fields: (t) => ({
      breaker: t.expose('breaker', { type: CircuitBreakerRef, description: 'The breaker as it is now.' }),
    }),
  });

const OverrideBreakerResult = defineResult(
  'OverrideBreakerResult',
  'What came of an operator’s change of a breaker.',
  OverrideBreakerPayload,
  ['Unavailable', 'InvalidInput', 'NotFound', 'Conflict'],
);

builder.mutationField('overrideBreaker', (t) =>
  t.field({
    type: OverrideBreakerResult.type,
    description: 'Forces a breaker open or closed, or lets it decide by itself again.',
    authScopes: { may: 'operateBreakers' },
    args: { input: t.arg({ type: OverrideBreakerInput, required: true, description: 'What to decide.' }) },
    resolve: (_, { input: { until, ...input } }, { viewer, services }) =>
      OverrideBreakerResult.resolve(async () => {
        const wanted = { ...input, until: until?.getTime() ?? null };
        await services.breakers.controls.override(actorOf(viewer), wanted);
        return { breaker: services.breakers.viewOf(modelKey(input.providerSlug, input.modelSlug)) };
      }),
  }),
);

builder.mutationField('resetBreaker', (t) =>
  t.field({
    type: OverrideBreakerResult.type,
    description:
      'Closes a breaker and forgets its failures, whatever it was; it decides by itself from then on.',
    authScopes: { may: 'operateBreakers' },
    args: { input: t.arg({ type: ResetBreakerInput, required: true, description: 'Which one.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      OverrideBreakerResult.resolve(async () => {
        await services.breakers.controls.reset(actorOf(viewer), input);
        return { breaker: services.breakers.viewOf(modelKey(input.providerSlug, input.modelSlug)) };
      }),
  }),
);
