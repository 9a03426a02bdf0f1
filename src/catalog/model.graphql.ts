import { builder } from '../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  keyPageRequest,
  toPage,
} from '../graphql/connection.ts';
import { CapabilityRef, MaxTokensParameterRef, ReasoningEffortRef } from '../graphql/enums.ts';
import { ModelPriceRef, ModelRef, ProviderRef } from '../graphql/refs.ts';
import { modelKey } from '../providers/model-key.ts';
import { fromScaledInteger } from '../system/input/decimal.ts';
import { RETRY_SOON_MS, UnavailableError } from '../system/expected-error.ts';
import type { AtsScore, CatalogModel } from './model.ts';
import { usdOf } from './prices/price.ts';

const keyOf = (model: CatalogModel) => modelKey(model.providerSlug, model.slug);

const AtsScoreRef = builder.objectRef<AtsScore>('AtsScore').implement({
  description: 'How good a model’s answers are for one type of task.',
  fields: (t) => ({
    taskType: t.exposeString('taskType', {
      description: 'The type of task; `default` is the overall score.',
    }),
    score: t.float({ description: '0..1.', resolve: ({ scoreBps }) => fromScaledInteger(scoreBps, 4) }),
    samples: t.exposeInt('samples', { description: 'Answers that were judged; 0 when nobody told.' }),
    source: t.exposeString('source', {
      description:
        'Who judged. `prior` is a guess of the built-in catalog, `catalog-file` the operator’s file.',
    }),
    measuredAt: t.field({
      type: 'DateTime',
      description: 'When it was recorded.',
      resolve: ({ measuredAt }) => measuredAt,
    }),
  }),
});

builder.node(ModelRef, {
  description: 'A model of a provider: what it can do and what it costs.',
  id: { resolve: keyOf, description: 'The model’s global id.' },
  loadOne: (key, { services }) => services.catalog.view().model(key)?.model ?? null,
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Its name at its provider. May contain slashes.' }),
    providerSlug: t.exposeString('providerSlug', { description: 'Its provider’s short name.' }),
    key: t.string({ description: '`provider/model`, split at the first slash.', resolve: keyOf }),
    provider: t.field({
      type: ProviderRef,
      description: 'Who serves it.',
      resolve: ({ providerSlug }, _, { services }) => {
        const view = services.catalog.view().provider(providerSlug);
        if (view === undefined) throw new UnavailableError('The catalog is being read again.', RETRY_SOON_MS);
        return view.provider;
      },
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether an operator lets it be used.' }),
    archivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken out of use; null while it is in use.',
      resolve: ({ archivedAt }) => archivedAt,
    }),
    capabilities: t.field({
      type: [CapabilityRef],
      description: 'What it can do.',
      resolve: ({ capabilities }) => [...capabilities],
    }),
    contextWindowTokens: t.exposeInt('contextWindowTokens', { description: 'Input and output together.' }),
    maxOutputTokens: t.exposeInt('maxOutputTokens', { description: 'Reasoning included.' }),
    reasoningTokenFloor: t.exposeInt('reasoningTokenFloor', {
      nullable: true,
      description: 'Output tokens it spends before it answers; null when it does not reason.',
    }),
    inputUsdPerMillionTokens: t.float({
      description: 'List price of input.',
      resolve: (model) => fromScaledInteger(model.inputMicroUsdPerMillionTokens, 6),
    }),
    outputUsdPerMillionTokens: t.float({
      description: 'List price of output, reasoning included.',
      resolve: (model) => fromScaledInteger(model.outputMicroUsdPerMillionTokens, 6),
    }),
    cachedInputUsdPerMillionTokens: t.float({
      nullable: true,
      description: 'List price of input that the provider’s cache held; null: as other input.',
      resolve: (model) => usdOf(model.cachedInputMicroUsdPerMillionTokens),
    }),
    cacheWriteUsdPerMillionTokens: t.float({
      nullable: true,
      description: 'List price of input that the provider’s cache took; null: as other input.',
      resolve: (model) => usdOf(model.cacheWriteMicroUsdPerMillionTokens),
    }),
    prices: t.field({
      type: [ModelPriceRef],
      description: 'Prices beside these: for long prompts, and from later days on.',
      resolve: ({ prices }) => [...prices],
    }),
    expectedFirstTokenMs: t.exposeInt('expectedFirstTokenMs', {
      description: 'The time to its first token that is expected until calls teach better.',
    }),
    expectedMsPerOutputToken: t.float({
      description: 'The time for each further token that is expected until calls teach better.',
      resolve: (model) => fromScaledInteger(model.expectedMicrosPerOutputToken, 3),
    }),
    attemptTimeoutMs: t.exposeInt('attemptTimeoutMs', {
      nullable: true,
      description: 'The most time one attempt may take; null: the instance’s setting.',
    }),
    firstTokenTimeoutMs: t.exposeInt('firstTokenTimeoutMs', {
      nullable: true,
      description: 'The most time a stream’s first token may take; null: the instance’s setting.',
    }),
    probeIntervalMs: t.exposeInt('probeIntervalMs', {
      nullable: true,
      description: 'How often its health is probed; null: the instance’s setting.',
    }),
    cacheTtlMs: t.exposeInt('cacheTtlMs', {
      nullable: true,
      description:
        'How long its provider keeps a prompt for calls that begin alike: calls of a session stay with the model as long; null: five minutes.',
    }),
    embeddingSpace: t.exposeString('embeddingSpace', {
      nullable: true,
      description:
        'Of a model with EMBEDDINGS: calls fall back only to models of the same space, because vectors of others cannot be compared with its own; null: no other model is of its space.',
    }),
    maxConcurrent: t.exposeInt('maxConcurrent', {
      nullable: true,
      description: 'Calls that each instance has in flight at most; null: as many as its provider’s.',
    }),
    efforts: t.field({
      type: [ReasoningEffortRef],
      nullable: true,
      description: 'The reasoning efforts that it takes, none when empty; null: not known, any may be tried.',
      resolve: ({ efforts }) => (efforts === null ? null : [...efforts]),
    }),
    samplingLocked: t.exposeBoolean('samplingLocked', {
      description: 'Whether it takes no temperature, top_p or other parameter of sampling.',
    }),
    maxTokensParameter: t.expose('maxTokensParameter', {
      type: MaxTokensParameterRef,
      nullable: true,
      description: 'What its output budget is called on Chat Completions; null: as its adapter does.',
    }),
    complianceScore: t.float({
      description: '0..1: how far it meets your rules. Below a policy’s threshold it is never called.',
      resolve: (model) => fromScaledInteger(model.complianceScorePct, 2),
    }),
    ats: t.field({
      type: [AtsScoreRef],
      description: 'Its quality by type of task.',
      resolve: ({ ats }) => [...ats],
    }),
  }),
});

const ModelConnection = defineConnection('Model', ModelRef);

builder.queryField('models', (t) =>
  t.field({
    type: ModelConnection,
    description: 'The models of the catalog, by key.',
    authScopes: { may: 'readCatalog' },
    complexity: connectionComplexity,
    args: {
      providerSlug: t.arg.string({ description: 'Only this provider’s.' }),
      includeArchived: t.arg.boolean({ defaultValue: false, description: 'Also those taken out of use.' }),
      ...connectionArgs,
    },
    resolve: (_, { providerSlug, includeArchived, ...args }, { services }) => {
      const page = keyPageRequest(args);
      const rows = services.catalog
        .view()
        .models.filter(({ key }) => page.after === null || key > page.after)
        .map(({ model }) => model)
        .filter((model) => providerSlug == null || model.providerSlug === providerSlug)
        .filter(({ archivedAt }) => includeArchived === true || archivedAt === null);
      return toPage(page, rows.slice(0, page.first + 1), keyOf);
    },
  }),
);
