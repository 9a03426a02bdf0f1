import { builder } from '../graphql/builder.ts';
import { ModelRef, ProviderRef } from '../graphql/refs.ts';
import { defineResult } from '../graphql/result.ts';
import { actorOf } from '../tenants/viewer.ts';
import type { CatalogProvider } from './model.ts';
import { warningsOfProvider, type Warnings } from './warnings.ts';

builder.node(ProviderRef, {
  description: 'Somebody who serves models, and the API they are called through.',
  id: { resolve: (provider) => provider.slug, description: 'The provider’s global id.' },
  loadOne: (slug, { services }) => services.catalog.view().provider(slug)?.provider ?? null,
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'Its short name: the part of a model’s key before the slash.',
    }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    adapter: t.exposeString('adapter', { description: 'The dialect its API speaks.' }),
    baseUrl: t.exposeString('baseUrl', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description: 'Where its API is; null: where the adapter expects it. For ADMIN.',
    }),
    credentialName: t.exposeString('credentialName', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description:
        'The environment variable or mounted file that holds its key; null when it needs none. For ADMIN.',
    }),
    region: t.exposeString('region', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description:
        'Where its cloud runs it, for amazon-bedrock and google-vertex; null: its adapter takes none. For ADMIN.',
    }),
    apiVersion: t.exposeString('apiVersion', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description: 'The version of its API, for azure; null: v1, or its adapter takes none. For ADMIN.',
    }),
    project: t.exposeString('project', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description:
        'The project of its cloud that pays, for google-vertex; null: its adapter takes none. For ADMIN.',
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description: 'The requests a minute that your contract allows; null: not told. For ADMIN.',
    }),
    tokensPerMinute: t.exposeInt('tokensPerMinute', {
      nullable: true,
      authScopes: { may: 'readOperations' },
      description: 'The tokens a minute that your contract allows; null: not told. For ADMIN.',
    }),
    maxConcurrent: t.exposeInt('maxConcurrent', {
      nullable: true,
      description: 'Calls of all its models that each instance has in flight at most; null: any number.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether an operator lets it be used.' }),
    hasCredentials: t.boolean({
      description:
        'Whether it needs no credential, or this instance has the one it names and may send it where the provider is.',
      resolve: ({ slug }, _, { services }) => services.catalog.view().provider(slug)?.hasCredentials ?? false,
    }),
    models: t.field({
      type: [ModelRef],
      description: 'Its models in use, by key.',
      resolve: ({ slug }, _, { services }) =>
        (services.catalog.view().provider(slug)?.models ?? [])
          .map(({ model }) => model)
          .filter(({ archivedAt }) => archivedAt === null),
    }),
    archivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken out of use; null while it is in use.',
      resolve: ({ archivedAt }) => archivedAt,
    }),
  }),
});

builder.queryField('providers', (t) =>
  t.field({
    type: [ProviderRef],
    description: 'Every provider of the catalog, by slug.',
    authScopes: { may: 'readCatalog' },
    args: {
      includeArchived: t.arg.boolean({ defaultValue: false, description: 'Also those taken out of use.' }),
    },
    resolve: (_, { includeArchived }, { services }) =>
      services.catalog
        .view()
        .providers.map(({ provider }) => provider)
        .filter(({ archivedAt }) => includeArchived === true || archivedAt === null),
  }),
);

const UpsertProviderInput = builder.inputType('UpsertProviderInput', {
  description: 'A provider to add or change. An absent field keeps its value, null clears it.',
  fields: (t) => ({
    slug: t.string({ required: true, description: 'Which one. An archived provider comes back into use.' }),
    name: t.string({ description: 'Its name for people; a new provider is named by its slug when absent.' }),
    adapter: t.string({
      description:
        'Needed of a new provider. The dialect its API speaks: openai, anthropic, google, mistral, cohere, groq, xai, deepseek, togetherai, amazon-bedrock, azure, google-vertex, openai-compatible or simulated.',
    }),
    baseUrl: t.string({
      description:
        'Where its API is, when not where the adapter expects it; for simulated, a script such as `simulated:?failEvery=3`.',
    }),
    credentialName: t.string({
      description: 'The name of the environment variable or mounted file that holds its key. Never the key.',
    }),
    region: t.string({
      description:
        'Where its cloud runs it, such as `eu-central-1`. Needed for amazon-bedrock and google-vertex, and for no other.',
    }),
    apiVersion: t.string({
      description:
        'For azure: `v1`, as when absent, or a dated version such as `2024-10-21`, which is called by deployment with Chat Completions.',
    }),
    project: t.string({
      description: 'The Google Cloud project that pays. Needed for google-vertex, and for no other.',
    }),
    enabled: t.boolean({ description: 'Whether it may be used; a new one may.' }),
    requestsPerMinute: t.int({ description: 'The requests a minute that your contract allows.' }),
    tokensPerMinute: t.int({ description: 'The tokens a minute that your contract allows.' }),
    maxConcurrent: t.int({
      description:
        'Calls of all its models that each instance has in flight at most; what comes beyond goes elsewhere, or waits.',
    }),
  }),
});

const UpsertProviderPayload = builder
  .objectRef<{ readonly provider: CatalogProvider; readonly warnings: Warnings }>('UpsertProviderPayload')
  .implement({
    description: 'The change is live.',
    fields: (t) => ({
      provider: t.field({
        type: ProviderRef,
        description: 'The provider as it is now.',
        resolve: ({ provider }) => provider,
      }),
      warnings: t.stringList({
        description:
          'Why none of its models will be called all the same, such as a credential that is not there; empty: nothing is in the way.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });

const UpsertProviderResult = defineResult(
  'UpsertProviderResult',
  'What came of `upsertProvider`.',
  UpsertProviderPayload,
  ['InvalidInput', 'Unavailable'],
);

builder.mutationField('upsertProvider', (t) =>
  t.field({
    type: UpsertProviderResult.type,
    description: 'Adds or changes a provider. Live on the next call, recorded in the platform’s audit chain.',
    authScopes: { may: 'manageCatalog' },
    args: { input: t.arg({ type: UpsertProviderInput, required: true, description: 'The provider.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      UpsertProviderResult.resolve(async () => {
        const provider = await services.catalog.upsertProvider(input, actorOf(viewer));
        const { catalog, policies } = services;
        return { provider, warnings: warningsOfProvider(catalog.view(), provider.slug, policies.all()) };
      }),
  }),
);
