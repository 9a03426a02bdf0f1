import { builder } from '../graphql/builder.ts';
import { CapabilityRef } from '../graphql/enums.ts';
import { ModelRef } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { actorOf } from '../tenants/viewer.ts';
import type { CatalogModel } from './model.ts';

const AtsScoreInput = builder.inputType('AtsScoreInput', {
  description: 'The quality of a model’s answers for one type of task.',
  fields: (t) => ({
    taskType: t.string({ required: true, description: 'The type of task; `default` is the overall score.' }),
    score: t.float({ required: true, description: '0..1, at most four decimals.' }),
    samples: t.int({ description: 'Answers that were judged.' }),
    source: t.string({ description: 'Who judged; `operator` when absent.' }),
  }),
});

const UpsertModelInput = builder.inputType('UpsertModelInput', {
  description:
    'A model to add or change. An absent field keeps its value, null clears it. A new model needs its window, output limit and both prices: an absent price is not free.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'Its provider, which must be in the catalog.' }),
    modelSlug: t.string({
      required: true,
      description: 'Its name at its provider. An archived model comes back into use.',
    }),
    enabled: t.boolean({ description: 'Whether it may be used; a new one may.' }),
    capabilities: t.field({ type: [CapabilityRef], description: 'All it can do: the list is replaced.' }),
    contextWindowTokens: t.int({ description: 'Input and output together.' }),
    maxOutputTokens: t.int({ description: 'Reasoning included.' }),
    reasoningTokenFloor: t.int({
      description: 'Output tokens it spends before it answers: given exactly when it has REASONING.',
    }),
    inputUsdPerMillionTokens: t.float({ description: 'At most six decimals.' }),
    outputUsdPerMillionTokens: t.float({ description: 'At most six decimals.' }),
    expectedFirstTokenMs: t.int({ description: 'What to expect until calls teach better.' }),
    expectedMsPerOutputToken: t.float({ description: 'What to expect until calls teach better.' }),
    attemptTimeoutMs: t.int({ description: 'The most time one attempt may take.' }),
    firstTokenTimeoutMs: t.int({ description: 'The most time a stream’s first token may take.' }),
    probeIntervalMs: t.int({ description: 'How often its health is probed.' }),
    complianceScore: t.float({ description: '0..1, at most two decimals.' }),
    ats: t.field({ type: [AtsScoreInput], description: 'All its scores: the list is replaced.' }),
  }),
});

const ArchiveModelInput = builder.inputType('ArchiveModelInput', {
  description: 'A model to take out of use.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'Its provider.' }),
    modelSlug: t.string({ required: true, description: 'Its name at its provider.' }),
  }),
});

const RecordAtsScoreInput = builder.inputType('RecordAtsScoreInput', {
  description: 'A measured quality, which replaces the model’s score for that type of task.',
  fields: (t) => ({
    providerSlug: t.string({ required: true, description: 'The model’s provider.' }),
    modelSlug: t.string({ required: true, description: 'The model’s name at its provider.' }),
    taskType: t.string({ required: true, description: 'The type of task; `default` is the overall score.' }),
    score: t.float({ required: true, description: '0..1, at most four decimals.' }),
    samples: t.int({ description: 'Answers that were judged.' }),
    source: t.string({ description: 'Who judged; `operator` when absent.' }),
  }),
});

const UpsertModelPayload = builder
  .objectRef<{ readonly model: CatalogModel }>('UpsertModelPayload')
  .implement({
    description: 'The change is live.',
    fields: (t) => ({
      model: t.field({
        type: ModelRef,
        description: 'The model as it is now.',
        resolve: ({ model }) => model,
      }),
    }),
  });

const UpsertModelResult = defineResult(
  'UpsertModelResult',
  'What came of a change of a model.',
  UpsertModelPayload,
  ['InvalidInput', 'NotFound', 'Unavailable'],
);

builder.mutationField('upsertModel', (t) =>
  t.field({
    type: UpsertModelResult.type,
    description: 'Adds or changes a model. Live on the next call, recorded in the platform’s audit chain.',
    authScopes: { may: 'manageCatalog' },
    args: { input: t.arg({ type: UpsertModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      UpsertModelResult.resolve(async () => ({
        model: await services.catalog.upsertModel(input, actorOf(viewer)),
      })),
  }),
);

builder.mutationField('archiveModel', (t) =>
  t.field({
    type: UpsertModelResult.type,
    description: 'Takes a model out of use; its history stays. `upsertModel` brings it back.',
    authScopes: { may: 'manageCatalog' },
    args: { input: t.arg({ type: ArchiveModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      UpsertModelResult.resolve(async () => ({
        model: await services.catalog.archiveModel(input, actorOf(viewer)),
      })),
  }),
);

builder.mutationField('recordAtsScore', (t) =>
  t.field({
    type: UpsertModelResult.type,
    description: 'Records a measured quality. The built-in catalog and the file never overwrite it.',
    authScopes: { may: 'manageCatalog' },
    args: { input: t.arg({ type: RecordAtsScoreInput, required: true, description: 'The score.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      UpsertModelResult.resolve(async () => ({
        model: await services.catalog.recordAtsScore(input, actorOf(viewer)),
      })),
  }),
);
