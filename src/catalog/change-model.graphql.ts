import { builder } from '../graphql/builder.ts';
import { CapabilityRef, MaxTokensParameterRef, ReasoningEffortRef } from '../graphql/enums.ts';
import { ModelPriceInputRef, ModelRef, type RawPrice } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { modelKey } from '../providers/model-key.ts';
import { actorOf } from '../tenants/viewer.ts';
import type { PriceInput } from './input.ts';
import type { CatalogModel } from './model.ts';
import { warningsOfModel, type Warnings } from './warnings.ts';

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
    cachedInputUsdPerMillionTokens: t.float({
      description: 'Of input that the provider’s cache held, at most as other input; null: as other input.',
    }),
    cacheWriteUsdPerMillionTokens: t.float({
      description: 'Of input that the provider’s cache took; null: as other input.',
    }),
    prices: t.field({
      type: [ModelPriceInputRef],
      description: 'All prices beside these, for long prompts and from later days on: the list is replaced.',
    }),
    expectedFirstTokenMs: t.int({ description: 'What to expect until calls teach better.' }),
    expectedMsPerOutputToken: t.float({ description: 'What to expect until calls teach better.' }),
    attemptTimeoutMs: t.int({ description: 'The most time one attempt may take.' }),
    firstTokenTimeoutMs: t.int({ description: 'The most time a stream’s first token may take.' }),
    probeIntervalMs: t.int({ description: 'How often its health is probed.' }),
    cacheTtlMs: t.int({
      description:
        'How long its provider keeps a prompt for calls that begin alike, 1000..3600000: calls of a session stay with the model as long.',
    }),
    embeddingSpace: t.string({
      description:
        'Of a model with EMBEDDINGS, 1..200 printable characters: what models share whose vectors can be compared, so that one stands in for another.',
    }),
    maxConcurrent: t.int({
      description:
        'Calls that each instance has in flight at most; what comes beyond goes elsewhere, or waits.',
    }),
    efforts: t.field({
      type: [ReasoningEffortRef],
      description: 'The reasoning efforts that it takes: the list is replaced, null is not known.',
    }),
    samplingLocked: t.boolean({
      description: 'Whether it takes no temperature, top_p or other parameter of sampling.',
    }),
    maxTokensParameter: t.field({
      type: MaxTokensParameterRef,
      description: 'What its output budget is called on Chat Completions.',
    }),
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
  .objectRef<{ readonly model: CatalogModel; readonly warnings: Warnings }>('UpsertModelPayload')
  .implement({
    description: 'The change is live.',
    fields: (t) => ({
      model: t.field({
        type: ModelRef,
        description: 'The model as it is now.',
        resolve: ({ model }) => model,
      }),
      warnings: t.stringList({
        description:
          'Why the model will not be called all the same, such as a compliance score below the threshold of every policy; empty: nothing is in the way.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });

const UpsertModelResult = defineResult(
  'UpsertModelResult',
  'What came of a change of a model.',
  UpsertModelPayload,
  ['InvalidInput', 'NotFound', 'Unavailable'],
);

/** The model as the catalog reads it: instants as numbers. */
function inMilliseconds<Input extends { readonly prices?: readonly RawPrice[] | null | undefined }>(
  input: Input,
): Omit<Input, 'prices'> & { readonly prices?: PriceInput[] | null } {
  const { prices, ...rest } = input;
  if (prices == null) return { ...rest, ...(prices === null && { prices }) };
  return { ...rest, prices: prices.map((price) => ({ ...price, from: price.from?.getTime() ?? null })) };
}

builder.mutationField('upsertModel', (t) =>
  t.field({
    type: UpsertModelResult.type,
    description: 'Adds or changes a model. Live on the next call, recorded in the platform’s audit chain.',
    authScopes: { may: 'manageCatalog' },
    args: { input: t.arg({ type: UpsertModelInput, required: true, description: 'The model.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      UpsertModelResult.resolve(async () => {
        const model = await services.catalog.upsertModel(inMilliseconds(input), actorOf(viewer));
        const key = modelKey(model.providerSlug, model.slug);
        return { model, warnings: warningsOfModel(services.catalog.view(), key, services.policies.all()) };
      }),
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
        warnings: [],
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
        warnings: [],
      })),
  }),
);
