import { graphql } from 'graphql';
import { expect, it } from 'vitest';
import type { RequestContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Role } from '../../src/tenants/viewer.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { defaultPolicy } from '../policies/policies.ts';
import { openCatalog } from './catalogs.ts';

interface Answer {
  readonly data: Readonly<Record<string, Fields | undefined>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

interface Fields {
  readonly nodes: readonly { readonly id: string; readonly key: string }[];
  readonly pageInfo: { readonly endCursor: string };
}

/** Runs operations as a caller of a role against a catalog of its own service. */
async function open(database: Database) {
  const { catalog } = await openCatalog(database, { ACME_API_KEY: 'secret' });
  return {
    async run(source: string, role: Role = 'ADMIN') {
      const contextValue = {
        viewer: { tenantId: 't', keyId: 'k', roles: [role] },
        services: { catalog, database, policies: { all: () => [defaultPolicy] } },
        signal: new AbortController().signal,
      } as unknown as RequestContext;
      const result = await graphql({ schema, source, contextValue });
      return JSON.parse(JSON.stringify(result)) as Answer;
    },
    [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose](),
  };
}

const upsertProvider = `mutation { upsertProvider(input: { slug: "acme", adapter: "openai", credentialName: "ACME_API_KEY" }) {
  __typename ... on UpsertProviderPayload { provider { id slug name adapter baseUrl enabled hasCredentials archivedAt models { key } } } } }`;

const upsertModel = (slug: string, more = '') => `mutation { upsertModel(input: {
  providerSlug: "acme", modelSlug: "${slug}", capabilities: [TOOLS, REASONING], reasoningTokenFloor: 64,
  contextWindowTokens: 8000, maxOutputTokens: 1000, inputUsdPerMillionTokens: 0.29, outputUsdPerMillionTokens: 1.1,
  complianceScore: 0.9, efforts: [HIGH, NONE], samplingLocked: true, maxTokensParameter: MAX_COMPLETION_TOKENS,
  ats: [{ taskType: "default", score: 0.8612 }] ${more} }) {
  __typename
  ... on UpsertModelPayload { model { id key slug providerSlug provider { slug } capabilities inputUsdPerMillionTokens
    complianceScore efforts samplingLocked maxTokensParameter reasoningTokenFloor ats { taskType score samples source measuredAt } } }
  ... on InvalidInput { code issues { path message } } ... on NotFound { code } } }`;

describeOnEachDatabase('the catalog’s API', (database) => {
  it('adds providers and models and shows them as they were given', async () => {
    await using api = await open(database());
    expect((await api.run(upsertProvider)).data?.['upsertProvider']).toMatchObject({
      __typename: 'UpsertProviderPayload',
      provider: { slug: 'acme', name: 'acme', hasCredentials: true, models: [] },
    });
    expect((await api.run(upsertModel('org/small'))).data?.['upsertModel']).toMatchObject({
      model: {
        key: 'acme/org/small',
        provider: { slug: 'acme' },
        capabilities: ['TOOLS', 'REASONING'],
        inputUsdPerMillionTokens: 0.29,
        complianceScore: 0.9,
        efforts: ['NONE', 'HIGH'],
        samplingLocked: true,
        maxTokensParameter: 'MAX_COMPLETION_TOKENS',
        reasoningTokenFloor: 64,
        ats: [{ taskType: 'default', score: 0.8612, samples: 0, source: 'operator' }],
      },
    });
  });

  it('answers what is wrong or unknown as union members', async () => {
    await using api = await open(database());
    await api.run(upsertProvider);
    expect((await api.run(upsertModel('x', 'attemptTimeoutMs: 1'))).data?.['upsertModel']).toMatchObject({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      issues: [{ path: ['attemptTimeoutMs'] }],
    });
    const archive =
      'mutation { archiveModel(input: { providerSlug: "acme", modelSlug: "none" }) { __typename } }';
    expect((await api.run(archive)).data?.['archiveModel']).toEqual({ __typename: 'NotFound' });
  });

  it('pages through models by key and finds every node again by its id', async () => {
    await using api = await open(database());
    await api.run(upsertProvider);
    for (const slug of ['c', 'a', 'b']) await api.run(upsertModel(slug));
    await api.run(
      'mutation { archiveModel(input: { providerSlug: "acme", modelSlug: "c" }) { __typename } }',
    );
    const list = (args: string) =>
      api.run(
        `{ models(providerSlug: "acme" ${args}) { nodes { id key } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
      );
    const first = (await list('first: 1')).data?.['models'];
    expect(first).toMatchObject({ nodes: [{ key: 'acme/a' }], pageInfo: { hasNextPage: true } });
    const after = (more = '') => list(`after: "${first?.pageInfo.endCursor}" ${more}`);
    const keys = async (page: ReturnType<typeof list>) =>
      (await page).data?.['models']?.nodes.map((node) => node.key);
    expect(await keys(after())).toEqual(expect.not.arrayContaining(['acme/a', 'acme/c']));
    expect(await keys(after('includeArchived: true'))).toContain('acme/c');
    const node = await api.run(`{ node(id: "${first?.nodes[0]?.id}") { __typename ... on Model { key } } }`);
    expect(node.data?.['node']).toEqual({ __typename: 'Model', key: 'acme/a' });
  });

  it('lets every role read and only admins change', async () => {
    await using api = await open(database());
    await api.run(upsertProvider);
    for (const role of ['TENANT_ADMIN', 'AGENT', 'VIEWER'] as const) {
      expect((await api.run('{ providers { slug } }', role)).data?.['providers']).toContainEqual({
        slug: 'acme',
      });
      expect((await api.run(upsertProvider, role)).errors).toHaveLength(1);
    }
  });

  it('shows what was set: names and limits to admins, timeouts and expectations to every role', async () => {
    await using api = await open(database());
    await api.run(upsertProvider);
    await api.run(
      `mutation { upsertProvider(input: { slug: "acme", requestsPerMinute: 5, tokensPerMinute: 500 }) { __typename } }`,
    );
    await api.run(
      upsertModel(
        'a',
        'attemptTimeoutMs: 2000, firstTokenTimeoutMs: 1000, probeIntervalMs: 9000, expectedFirstTokenMs: 70, expectedMsPerOutputToken: 0.333',
      ),
    );
    const secret =
      '{ node(id: "UHJvdmlkZXI6YWNtZQ==") { ... on Provider { credentialName requestsPerMinute tokensPerMinute } } }';
    expect((await api.run(secret)).data?.['node']).toEqual({
      credentialName: 'ACME_API_KEY',
      requestsPerMinute: 5,
      tokensPerMinute: 500,
    });
    const refused = await api.run(secret, 'VIEWER');
    expect(refused.errors).toHaveLength(3);
    expect(JSON.stringify(refused)).not.toContain('ACME_API_KEY');
    const shown = await api.run(
      '{ node(id: "TW9kZWw6YWNtZS9h") { ... on Model { attemptTimeoutMs firstTokenTimeoutMs probeIntervalMs expectedFirstTokenMs expectedMsPerOutputToken } } }',
      'VIEWER',
    );
    expect(shown.data?.['node']).toEqual({
      ...{ attemptTimeoutMs: 2000, firstTokenTimeoutMs: 1000, probeIntervalMs: 9000 },
      ...{ expectedFirstTokenMs: 70, expectedMsPerOutputToken: 0.333 },
    });
  });

  it('refuses cursors that are none of its list', async () => {
    await using api = await open(database());
    for (const after of ['zzz', '', 'a/', 'no key/at all']) {
      const { errors } = await api.run(`{ models(after: "${after}") { nodes { key } } }`);
      expect(errors?.map(({ message }) => message)).toEqual(['after: is no cursor of this list']);
    }
  });
});
