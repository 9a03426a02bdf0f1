import { builder } from '../graphql/builder.ts';
import { CircuitBreakerRef } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { modelKey } from '../providers/model-key.ts';
import type { ModelProbe } from './probe-model.service.ts';

const ProbeModelInput = builder.inputType('ProbeModelInput', {
  description: 'Which model to probe.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'The model’s provider.' }),
    modelSlug: t.string({ required: true, description: 'The model’s name at its provider.' }),
  }),
});

const PutToAnEndRef = builder.enumType('LiftedRefusal', {
  description: 'Why a model was kept from calls until a probe was answered.',
  values: {
    RATE_LIMITED: { description: 'A pause that its provider had asked for.' },
    HARD_DOWN: { description: 'Its key, account or name did not work.' },
  } as const,
});

const ProbeModelPayload = builder.objectRef<ModelProbe>('ProbeModelPayload').implement({
  description: 'What the probe has shown.',
  fields: (t) => ({
    healthCheck: t.prismaField({
      type: 'ProviderHealthCheck',
      description: 'The check, on record like any other.',
      resolve: (_query, { check: { costMicroUsd, ...check }, probedAt }) => ({
        ...check,
        costMicroUsd: BigInt(costMicroUsd),
        probedAt: new Date(probedAt),
      }),
    }),
    breaker: t.field({
      type: CircuitBreakerRef,
      description: 'The model’s breaker after it.',
      resolve: ({ check }, _, { services }) =>
        services.breakers.viewOf(modelKey(check.providerSlug, check.modelSlug)),
    }),
    lifted: t.field({
      type: [PutToAnEndRef],
      description: 'What the answer has put an end to, on every instance; empty: nothing.',
      resolve: ({ lifted }) => [...lifted],
    }),
  }),
});

const ProbeModelResult = defineResult(
  'ProbeModelResult',
  'What came of probing a model.',
  ProbeModelPayload,
  ['NotFound', 'Unavailable'],
);

builder.mutationField('probeModel', (t) =>
  t.field({
    type: ProbeModelResult.type,
    description:
      'Sends one short prompt to a model now and waits for what comes. A good answer puts an end to a pause and to HARD_DOWN. An open breaker is not gone round: Unavailable says when its own probe is due.',
    authScopes: { may: 'operateBreakers' },
    args: { input: t.arg({ type: ProbeModelInput, required: true, description: 'Which one.' }) },
    resolve: (_, { input }, { services, signal }) =>
      ProbeModelResult.resolve(async () => {
        const probed = await services.health.probes.probe(input, signal);
        await services.breakers.settled();
        return probed;
      }),
  }),
);
