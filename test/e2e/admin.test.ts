import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startPostgresServer, startServer, type TestServer } from '../support/servers/server.ts';
import { createHome, issueKey } from './homes.ts';

const databases = [
  { database: 'embedded', start: startServer, skip: false },
  { database: 'postgres', start: startPostgresServer, skip: inject('postgres') === null },
];

interface Ranked {
  readonly modelSlug: string;
  readonly estimates: { readonly ats: number; readonly costUsd: number };
}

interface Preview {
  readonly ranked: readonly Ranked[];
  readonly rejected: readonly { readonly modelSlug: string; readonly reason: string }[];
}

describe.each(databases)('an administrator ($database)', ({ start, skip }) => {
  let server: TestServer;
  beforeAll(async () => {
    if (!skip) server = await start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const route = (key: string) =>
    server.ask(
      `mutation {
        route(input: { messages: [{ role: USER, content: "hello" }], models: ["simulated/steady"] }) {
          __typename
          ... on RouteSuccess { completion { text } decision { id } }
        }
      }`,
      {},
      key,
    );
  const statusOf = async (key: string) => (await server.ask('{ viewer { roles } }', {}, key)).status;
  const createTenant = (slug: string) =>
    server.field<{ tenant: { id: string; slug: string } }>(
      'createTenant',
      `mutation { createTenant(input: { slug: "${slug}", name: "${slug}" }) {
        ... on CreateTenantPayload { tenant { id slug apiKeys { id } policy { policyName version } } }
      } }`,
    );

  test.skipIf(skip)('adds a tenant, whose first key routes at once', async () => {
    const { tenant } = await createTenant('acme');
    expect(tenant).toMatchObject({
      slug: 'acme',
      apiKeys: [],
      policy: { policyName: 'BALANCED', version: 1 },
    });
    const { secret } = await issueKey(server, tenant.id, 'AGENT');
    expect((await route(secret)).data).toMatchObject({ route: { __typename: 'RouteSuccess' } });
  });

  test.skipIf(skip)('revokes a key, which is refused from the next request on', async () => {
    const { tenant } = await createTenant('revoking');
    const kept = await issueKey(server, tenant.id, 'AGENT');
    const lost = await issueKey(server, tenant.id, 'AGENT');
    expect([await statusOf(kept.secret), await statusOf(lost.secret)]).toEqual([200, 200]);
    const revoked = await server.field<{ apiKey: { revokedAt: string } }>(
      'revokeApiKey',
      'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { ... on RevokeApiKeyPayload { apiKey { revokedAt } } } }',
      { id: lost.apiKey.id },
    );
    expect(Date.parse(revoked.apiKey.revokedAt)).toBeGreaterThan(0);
    expect([await statusOf(kept.secret), await statusOf(lost.secret)]).toEqual([200, 401]);
  });

  test.skipIf(skip)(
    'deletes a tenant: its keys are refused, its chain stays and still verifies',
    async () => {
      const home = await createHome(server, 'leaving');
      const chain =
        'query ($id: ID!) { verifyAuditChain(tenantId: $id) { ok headSeq checked firstBrokenSeq } }';
      const before = await server.field<{ headSeq: number }>('verifyAuditChain', chain, { id: home.tenant });
      expect(before).toMatchObject({ ok: true });

      const deletion =
        'mutation ($id: ID!) { deleteTenant(input: { id: $id }) { ... on DeleteTenantPayload { tenantId } } }';
      expect(await server.field('deleteTenant', deletion, { id: home.tenant })).toEqual({
        tenantId: home.tenant,
      });

      for (const key of Object.values(home.keys)) expect(await statusOf(key)).toBe(401);
      const headSeq = before.headSeq + 1;
      expect(await server.field('verifyAuditChain', chain, { id: home.tenant })).toEqual({
        ok: true,
        headSeq,
        checked: headSeq,
        firstBrokenSeq: null,
      });
      const { data } = await server.ask(
        `query ($tenant: ID!, $decision: ID!, $key: ID!) {
        tenant(id: $tenant) { id }
        tenantPolicy(tenantId: $tenant) { version }
        key: node(id: $key) { id }
        routingDecision(id: $decision) { status }
        auditLog(tenantId: $tenant, first: 1) { nodes { seq type } }
      }`,
        { tenant: home.tenant, decision: home.decision, key: home.spareKey },
      );
      expect(data).toEqual({
        tenant: null,
        tenantPolicy: null,
        key: null,
        routingDecision: { status: 'SUCCEEDED' },
        auditLog: { nodes: [{ seq: headSeq, type: 'tenant.deleted' }] },
      });
    },
  );

  test.skipIf(skip)(
    'frees the name of a deleted tenant for another one, with a chain of its own',
    async () => {
      const first = await createTenant('phoenix');
      await server.ask(`mutation { deleteTenant(input: { id: "${first.tenant.id}" }) { __typename } }`);
      const second = await createTenant('phoenix');
      expect(second.tenant.id).not.toBe(first.tenant.id);
      const log = `{ auditLog(tenantId: "${second.tenant.id}") { nodes { type } } }`;
      expect((await server.ask(log)).data).toEqual({ auditLog: { nodes: [] } });
    },
  );

  test.skipIf(skip)('cannot delete the tenant that holds the key in use', async () => {
    const { tenant } = await server.field<{ tenant: { id: string } }>(
      'viewer',
      '{ viewer { tenant { id } } }',
    );
    const deletion = `mutation { deleteTenant(input: { id: "${tenant.id}" }) { __typename ... on InvalidInput { issues { path } } } }`;
    expect(await server.field('deleteTenant', deletion)).toEqual({
      __typename: 'InvalidInput',
      issues: [{ path: ['id'] }],
    });
    expect((await server.ask('{ viewer { roles } }')).status).toBe(200);
  });

  test.skipIf(skip)('changes the catalog: the next preview knows', async () => {
    const change = async (field: string, input: string) => {
      const answer = await server.field<{ __typename: string }>(
        field,
        `mutation { ${field}(input: { ${input} }) { __typename ... on Error { message } } }`,
      );
      expect(answer).toEqual({ __typename: expect.stringMatching(/Payload$/) as string });
    };
    const preview = async () => {
      const plan = await server.field<Preview>(
        'previewRoute',
        `{ previewRoute(input: { messages: [{ role: USER, content: "x" }], taskType: "code", maxOutputTokens: 1000, models: ["lab/one"] }) {
          ... on RoutingPlan { ranked { modelSlug estimates { ats costUsd } } rejected { modelSlug reason } }
        } }`,
      );
      const [ranked] = plan.ranked;
      return ranked ?? plan.rejected.find(({ modelSlug }) => modelSlug === 'one');
    };
    const one = 'providerSlug: "lab", modelSlug: "one"';

    expect(await preview()).toBeUndefined();
    await change('upsertProvider', 'slug: "lab", adapter: "simulated"');
    await change(
      'upsertModel',
      `${one}, contextWindowTokens: 8000, maxOutputTokens: 2000, complianceScore: 0.9, inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 10`,
    );
    expect(await preview()).toMatchObject({ estimates: { ats: 0.75, costUsd: 0.01 } });
    await change('upsertModel', `${one}, outputUsdPerMillionTokens: 20`);
    expect(await preview()).toMatchObject({ estimates: { ats: 0.75, costUsd: 0.02 } });
    await change('recordAtsScore', `${one}, taskType: "code", score: 0.9125`);
    expect(await preview()).toMatchObject({ estimates: { ats: 0.9125, costUsd: 0.02 } });
    await change('upsertModel', `${one}, complianceScore: 0.49`);
    expect(await preview()).toMatchObject({ reason: 'COMPLIANCE_VETO' });
    await change('archiveModel', one);
    expect(await preview()).toMatchObject({ reason: 'DISABLED' });
    await change('upsertModel', `${one}, complianceScore: 0.5`);
    expect(await preview()).toMatchObject({ estimates: { ats: 0.9125, costUsd: 0.02 } });
  });

  test.skipIf(skip)(
    'changes a policy: live at once; who read an older version meets a Conflict',
    async () => {
      const { tenant } = await createTenant('careful');
      const update = (version: number, denied: string) =>
        server.field<unknown>(
          'updateTenantPolicy',
          `mutation ($id: ID!, $version: Int!, $denied: [String!]) {
          updateTenantPolicy(input: { tenantId: $id, version: $version, deniedModels: $denied }) {
            __typename
            ... on UpdateTenantPolicyPayload { policy { version deniedModels } }
            ... on Conflict { code current node { ... on TenantRoutingPolicy { version deniedModels tenant { slug } } } }
          }
        }`,
          { id: tenant.id, version, denied: [denied] },
        );
      expect(await update(1, 'simulated/*')).toEqual({
        __typename: 'UpdateTenantPolicyPayload',
        policy: { version: 2, deniedModels: ['simulated/*'] },
      });
      const { secret } = await issueKey(server, tenant.id, 'AGENT');
      expect((await route(secret)).data).toEqual({ route: { __typename: 'NoEligibleModel' } });

      expect(await update(1, 'openai/*')).toEqual({
        __typename: 'Conflict',
        code: 'CONFLICT',
        current: 2,
        node: { version: 2, deniedModels: ['simulated/*'], tenant: { slug: 'careful' } },
      });
    },
  );
});
