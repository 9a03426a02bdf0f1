import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startPostgresServer, startServer, type TestServer } from '../../support/servers/server.ts';
import { settleTenant } from './settled-tenant.ts';
import { change, createTenant, issueKey } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';

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

  const routeWith = (key: string) => route(server, { models: ['simulated/steady'] }, { key });
  const statusOf = async (key: string) => (await server.ask('{ viewer { roles } }', {}, key)).status;

  test.skipIf(skip)('adds a tenant, whose first key routes at once', async () => {
    const shown = 'tenant { id slug apiKeys { id } policy { policyName version } }';
    const input = { slug: 'acme', name: 'Acme' };
    const { tenant } = await change<{ tenant: { id: string } }>(server, 'createTenant', input, shown);
    expect(tenant).toMatchObject({
      slug: 'acme',
      apiKeys: [],
      policy: { policyName: 'BALANCED', version: 1 },
    });
    const { text } = await issueKey(server, { tenantId: tenant.id });
    expect(await routeWith(text)).toMatchObject({ __typename: 'RouteSuccess' });
  });

  test.skipIf(skip)('revokes a key, which is refused from the next request on', async () => {
    const { id: tenantId } = await createTenant(server, 'revoking');
    const [kept, lost] = [await issueKey(server, { tenantId }), await issueKey(server, { tenantId })];
    expect([await statusOf(kept.text), await statusOf(lost.text)]).toEqual([200, 200]);
    const { apiKey } = await change<{ apiKey: { revokedAt: string } }>(
      server,
      'revokeApiKey',
      { id: lost.id },
      'apiKey { revokedAt }',
    );
    expect(Date.parse(apiKey.revokedAt)).toBeGreaterThan(0);
    expect([await statusOf(kept.text), await statusOf(lost.text)]).toEqual([200, 401]);
  });

  test.skipIf(skip)(
    'deletes a tenant: its keys are refused, its chain stays and still verifies',
    async () => {
      const settled = await settleTenant(server, 'leaving');
      const chain =
        'query ($id: ID!) { verifyAuditChain(tenantId: $id) { ok headSeq checked firstBrokenSeq } }';
      const before = await server.field<{ headSeq: number }>('verifyAuditChain', chain, {
        id: settled.tenant,
      });
      expect(before).toMatchObject({ ok: true });

      const deletion =
        'mutation ($id: ID!) { deleteTenant(input: { id: $id }) { ... on DeleteTenantPayload { tenantId } } }';
      expect(await server.field('deleteTenant', deletion, { id: settled.tenant })).toEqual({
        tenantId: settled.tenant,
      });

      for (const key of Object.values(settled.keys)) expect(await statusOf(key)).toBe(401);
      const headSeq = before.headSeq + 1;
      expect(await server.field('verifyAuditChain', chain, { id: settled.tenant })).toEqual({
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
        { tenant: settled.tenant, decision: settled.decision, key: settled.spareKey },
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
      const first = await createTenant(server, 'phoenix');
      await change(server, 'deleteTenant', { id: first.id });
      const second = await createTenant(server, 'phoenix');
      expect(second.id).not.toBe(first.id);
      const log = `{ auditLog(tenantId: "${second.id}") { nodes { type } } }`;
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
    const preview = async () => {
      const plan = await server.field<Preview | { readonly message: string }>(
        'previewRoute',
        `{ previewRoute(input: { messages: [{ role: USER, content: "x" }], taskType: "code", maxOutputTokens: 1000, models: ["lab/one"] }) {
          ... on RoutingPlan { ranked { modelSlug estimates { ats costUsd } } rejected { modelSlug reason } }
          ... on InvalidInput { message }
        } }`,
      );
      if ('message' in plan) return plan.message;
      const [ranked] = plan.ranked;
      return ranked ?? plan.rejected.find(({ modelSlug }) => modelSlug === 'one');
    };
    const one = { providerSlug: 'lab', modelSlug: 'one' };

    expect(await preview()).toMatch(/^models\.0: is no model of the catalog; did you mean .+\?$/);
    await change(server, 'upsertProvider', { slug: 'lab', adapter: 'simulated' });
    const limits = { contextWindowTokens: 8000, maxOutputTokens: 2000, complianceScore: 0.9 };
    const prices = { inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 10 };
    await change(server, 'upsertModel', { ...one, ...limits, ...prices });
    expect(await preview()).toMatchObject({ estimates: { ats: 0.75, costUsd: 0.01 } });
    await change(server, 'upsertModel', { ...one, outputUsdPerMillionTokens: 20 });
    expect(await preview()).toMatchObject({ estimates: { ats: 0.75, costUsd: 0.02 } });
    await change(server, 'recordAtsScore', { ...one, taskType: 'code', score: 0.9125 });
    expect(await preview()).toMatchObject({ estimates: { ats: 0.9125, costUsd: 0.02 } });
    await change(server, 'upsertModel', { ...one, complianceScore: 0.49 });
    expect(await preview()).toMatchObject({ reason: 'COMPLIANCE_VETO' });
    await change(server, 'archiveModel', one);
    expect(await preview()).toMatchObject({ reason: 'DISABLED' });
    await change(server, 'upsertModel', { ...one, complianceScore: 0.5 });
    expect(await preview()).toMatchObject({ estimates: { ats: 0.9125, costUsd: 0.02 } });
  });

  test.skipIf(skip)(
    'changes a policy: live at once; who read an older version meets a Conflict',
    async () => {
      const { id } = await createTenant(server, 'careful');
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
          { id, version, denied: [denied] },
        );
      expect(await update(1, 'simulated/*')).toEqual({
        __typename: 'UpdateTenantPolicyPayload',
        policy: { version: 2, deniedModels: ['simulated/*'] },
      });
      const { text } = await issueKey(server, { tenantId: id });
      expect(await routeWith(text)).toMatchObject({ __typename: 'NoEligibleModel' });

      expect(await update(1, 'openai/*')).toEqual({
        __typename: 'Conflict',
        code: 'CONFLICT',
        current: 2,
        node: { version: 2, deniedModels: ['simulated/*'], tenant: { slug: 'careful' } },
      });
    },
  );
});
