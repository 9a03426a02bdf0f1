import { graphql } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import type { Services } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { roles, type Role, type Viewer } from '../../src/tenants/viewer.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { keyOf, openTenants } from './tenants.ts';

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const strangers = roles.filter((role) => role !== 'ADMIN');

describeOnEachDatabase('tenants in the API', (open) => {
  let own: Awaited<ReturnType<typeof openTenants>>;
  let mine: string;
  let theirs: string;
  let theirKey: string;

  beforeAll(async () => {
    own = await openTenants(open());
    const admin: Viewer = { tenantId: '', keyId: 'boss', roles: ['ADMIN'] };
    const create = (slug: string) => own.tenants.create(admin, { slug, name: slug });
    mine = (await create('mine')).id;
    await own.time.advance(1);
    theirs = (await create('theirs')).id;
    await own.time.advance(1);
    theirKey = (await own.apiKeys.issue(admin, theirs, keyOf('AGENT'))).id;
  });
  afterAll(() => own[Symbol.asyncDispose]());

  async function ask(role: Role, source: string, variableValues: Record<string, unknown> = {}) {
    const services = { ...own, database: open() } as unknown as Services;
    const viewer: Viewer = { tenantId: mine, keyId: 'caller', roles: [role] };
    const contextValue = { viewer, services, signal: new AbortController().signal };
    const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
    const codes = errors?.map(
      (error) => (error.originalError as { code?: string } | undefined)?.code ?? error.message,
    );
    return { data: JSON.parse(JSON.stringify(data ?? null)) as Record<string, never> | null, codes };
  }

  test.each(roles)('%s sees who they are', async (role) => {
    expect(await ask(role, '{ viewer { roles tenant { slug } } }')).toEqual({
      data: { viewer: { roles: [role], tenant: { slug: 'mine' } } },
      codes: undefined,
    });
  });

  test.each(strangers)('%s cannot see another tenant by any id or name', async (role) => {
    for (const [type, id] of [
      ['Tenant', theirs],
      ['TenantRoutingPolicy', theirs],
      ['ApiKey', theirKey],
    ] as const) {
      const { data } = await ask(role, 'query ($id: ID!) { node(id: $id) { __typename id } }', {
        id: globalId(type, id),
      });
      expect(data).toEqual({ node: null });
    }
    const variables = { id: globalId('Tenant', theirs) };
    expect((await ask(role, 'query ($id: ID!) { tenant(id: $id) { slug } }', variables)).data).toEqual({
      tenant: null,
    });
    expect((await ask(role, '{ tenant(slug: "theirs") { slug } }')).data).toEqual({ tenant: null });
    const policy = 'query ($id: ID!) { tenantPolicy(tenantId: $id) { version } }';
    expect((await ask(role, policy, variables)).data).toEqual({ tenantPolicy: null });
  });

  test('TENANT_ADMIN cannot change another tenant: it is not found', async () => {
    const variables = { tenant: globalId('Tenant', theirs), key: globalId('ApiKey', theirKey) };
    const source = `mutation ($tenant: ID!, $key: ID!) {
      update: updateTenantPolicy(input: { tenantId: $tenant, version: 1, maxAttempts: 1 }) { __typename }
      issue: issueApiKey(input: { tenantId: $tenant, roles: [AGENT] }) { __typename ... on Error { code } }
      revoke: revokeApiKey(input: { id: $key }) { __typename }
    }`;
    expect(await ask('TENANT_ADMIN', source, variables)).toEqual({
      data: {
        update: { __typename: 'NotFound' },
        issue: { __typename: 'NotFound', code: 'NOT_FOUND' },
        revoke: { __typename: 'NotFound' },
      },
      codes: undefined,
    });
  });

  test('ADMIN sees and changes any tenant', async () => {
    const variables = { id: globalId('Tenant', theirs), key: globalId('ApiKey', theirKey) };
    const read = `query ($id: ID!, $key: ID!) {
      node(id: $id) { ... on Tenant { slug policy { version tenant { slug } } apiKeys { prefix roles } } }
      key: node(id: $key) { ... on ApiKey { roles } }
      tenant(slug: "theirs") { name }
      tenantPolicy(tenantId: $id) { policyName complianceVetoThreshold fallbackCostPenaltyPct }
    }`;
    expect(await ask('ADMIN', read, variables)).toMatchObject({
      data: {
        node: {
          slug: 'theirs',
          policy: { version: 1, tenant: { slug: 'theirs' } },
          apiKeys: [{ prefix: expect.stringContaining(theirKey) as string, roles: ['AGENT'] }],
        },
        key: { roles: ['AGENT'] },
        tenant: { name: 'theirs' },
        tenantPolicy: { policyName: 'BALANCED', complianceVetoThreshold: 0.5, fallbackCostPenaltyPct: 5 },
      },
      codes: undefined,
    });
    const change = `mutation ($id: ID!) {
      updateTenantPolicy(input: { tenantId: $id, version: 1, policyName: COST_FIRST }) {
        ... on UpdateTenantPolicyPayload { policy { version costWeight tenant { slug } } }
      }
    }`;
    expect((await ask('ADMIN', change, variables)).data).toEqual({
      updateTenantPolicy: { policy: { version: 2, costWeight: 0.6, tenant: { slug: 'theirs' } } },
    });
  });

  test('a refused policy tells the field, a stale one the present version', async () => {
    const source = `mutation {
      faulty: updateTenantPolicy(input: { version: 1, complianceVetoThreshold: 0.004, maxAttempts: null }) {
        ... on InvalidInput { code issues { path } }
      }
      stale: updateTenantPolicy(input: { version: 7, maxAttempts: 1 }) { ... on Conflict { code current } }
    }`;
    expect((await ask('TENANT_ADMIN', source)).data).toEqual({
      faulty: {
        code: 'INVALID_INPUT',
        issues: [{ path: ['complianceVetoThreshold'] }, { path: ['maxAttempts'] }],
      },
      stale: { code: 'CONFLICT', current: 1 },
    });
  });

  test('a key is issued with its secret, works, and is revoked', async () => {
    const issue = `mutation { issueApiKey(input: { roles: [AGENT], label: "robot", requestsPerMinute: 60 }) {
      ... on IssueApiKeyPayload { secret apiKey { id prefix label roles requestsPerMinute revokedAt } }
    } }`;
    const { data } = await ask('TENANT_ADMIN', issue);
    const { secret, apiKey } = data?.['issueApiKey'] as unknown as {
      secret: string;
      apiKey: { id: string; prefix: string };
    };
    expect(apiKey).toMatchObject({
      label: 'robot',
      roles: ['AGENT'],
      requestsPerMinute: 60,
      revokedAt: null,
    });
    expect(secret.startsWith(`${apiKey.prefix}_`)).toBe(true);
    expect(own.apiKeys.authenticate(secret)).toMatchObject({ tenantId: mine, roles: ['AGENT'] });

    const revoke =
      'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { ... on RevokeApiKeyPayload { apiKey { revokedAt } } } }';
    const revoked = await ask('TENANT_ADMIN', revoke, { id: apiKey.id });
    expect(revoked.data).toEqual({
      revokeApiKey: { apiKey: { revokedAt: new Date(own.clock.now()).toISOString() } },
    });
    expect(own.apiKeys.authenticate(secret)).toBeUndefined();
  });

  test('the platform is found by its name and its id, by ADMIN alone, and nothing can be done to it', async () => {
    const id = globalId('Tenant', PLATFORM_TENANT_ID);
    const bySlug = '{ tenant(slug: "platform") { id slug apiKeys { id } policy { version } } }';
    const platform = { id, slug: 'platform', apiKeys: [], policy: { version: 0 } };
    expect((await ask('ADMIN', bySlug)).data).toEqual({ tenant: platform });
    const byId = 'query ($id: ID!) { tenant(id: $id) { id slug apiKeys { id } policy { version } } }';
    expect((await ask('ADMIN', byId, { id })).data).toEqual({ tenant: platform });
    for (const role of ['TENANT_ADMIN', 'VIEWER'] as const) {
      expect((await ask(role, bySlug)).data).toEqual({ tenant: null });
      expect((await ask(role, byId, { id })).data).toEqual({ tenant: null });
    }
    const last = await ask('ADMIN', 'query ($after: String) { tenants(after: $after) { nodes { slug } } }', {
      after: PLATFORM_TENANT_ID,
    });
    expect(last.data).toEqual({ tenants: { nodes: [] } });
    const remove = 'mutation ($id: ID!) { deleteTenant(input: { id: $id }) { __typename } }';
    expect((await ask('ADMIN', remove, { id })).data).toEqual({ deleteTenant: { __typename: 'NotFound' } });
  });

  test('tenants are created, paged newest first, and deleted', async () => {
    const create =
      'mutation { createTenant(input: { slug: "brief", name: "Brief" }) { ... on CreateTenantPayload { tenant { id policy { version } } } ... on InvalidInput { issues { path } } } }';
    const { data } = await ask('ADMIN', create);
    const { tenant } = data?.['createTenant'] as unknown as { tenant: { id: string } };
    expect(tenant).toMatchObject({ policy: { version: 1 } });
    expect((await ask('ADMIN', create)).data).toEqual({ createTenant: { issues: [{ path: ['slug'] }] } });

    const page =
      'query ($after: String) { tenants(first: 2, after: $after) { nodes { slug policy { version } apiKeys { id } } pageInfo { hasNextPage endCursor } } }';
    const first = (await ask('ADMIN', page)).data?.['tenants'] as unknown as {
      nodes: { slug: string }[];
      pageInfo: { endCursor: string };
    };
    expect(first).toMatchObject({
      nodes: [{ slug: 'brief' }, { slug: 'theirs' }],
      pageInfo: { hasNextPage: true },
    });
    expect((await ask('ADMIN', page, { after: first.pageInfo.endCursor })).data).toMatchObject({
      tenants: {
        nodes: [{ slug: 'mine' }, { slug: 'platform', policy: { version: 0 }, apiKeys: [] }],
        pageInfo: { hasNextPage: false },
      },
    });
    expect((await ask('ADMIN', page, { after: 'nonsense' })).codes).toEqual(['INVALID_INPUT']);

    const remove =
      'mutation ($id: ID!) { deleteTenant(input: { id: $id }) { __typename ... on DeleteTenantPayload { tenantId } } }';
    expect((await ask('ADMIN', remove, { id: tenant.id })).data).toEqual({
      deleteTenant: { __typename: 'DeleteTenantPayload', tenantId: tenant.id },
    });
    expect((await ask('ADMIN', remove, { id: tenant.id })).data).toEqual({
      deleteTenant: { __typename: 'NotFound' },
    });
    expect((await ask('ADMIN', remove, { id: globalId('Tenant', mine) })).data).toEqual({
      deleteTenant: { __typename: 'InvalidInput' },
    });
  });

  const refusals: [Role, string][] = [
    ...strangers.flatMap((role): [Role, string][] => [
      [role, '{ tenants { nodes { id } } }'],
      [role, 'mutation { createTenant(input: { slug: "x", name: "x" }) { __typename } }'],
      [role, 'mutation { deleteTenant(input: { id: "VGVuYW50Ong=" }) { __typename } }'],
    ]),
    ...(['AGENT', 'VIEWER'] as const).flatMap((role): [Role, string][] => [
      [role, 'mutation { updateTenantPolicy(input: { version: 1, maxAttempts: 1 }) { __typename } }'],
      [role, 'mutation { issueApiKey(input: { roles: [VIEWER] }) { __typename } }'],
      [role, 'mutation { revokeApiKey(input: { id: "QXBpS2V5Ong=" }) { __typename } }'],
    ]),
    ['TENANT_ADMIN', 'mutation { issueApiKey(input: { roles: [ADMIN] }) { __typename } }'],
    ['AGENT', '{ tenant { slug } }'],
    ['AGENT', '{ tenantPolicy { version } }'],
  ];

  test.each(refusals)('%s is FORBIDDEN %s', async (role, source) => {
    const { data, codes } = await ask(role, source);
    expect(codes).toEqual(['FORBIDDEN']);
    expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
  });

  test('keys and policy are not shown to AGENT, by whichever way they are reached', async () => {
    const issued = await own.apiKeys.issue(
      { tenantId: mine, keyId: 'boss', roles: ['ADMIN'] },
      mine,
      keyOf('VIEWER'),
    );
    const read = 'query ($id: ID!) { node(id: $id) { ... on ApiKey { prefix } } }';
    expect((await ask('VIEWER', read, { id: globalId('ApiKey', issued.id) })).data).toMatchObject({
      node: { prefix: expect.stringContaining(issued.id) as string },
    });
    expect((await ask('AGENT', read, { id: globalId('ApiKey', issued.id) })).codes).toEqual(['FORBIDDEN']);
    for (const selection of ['policy { version }', 'apiKeys { prefix }']) {
      const { data, codes } = await ask('AGENT', `{ viewer { tenant { ${selection} } } }`);
      expect(data).toEqual({ viewer: { tenant: null } });
      expect(codes).toContain('FORBIDDEN');
    }
  });

  test('ids that are none are answered as not there', async () => {
    for (const id of ['Tenant:no-uuid', 'TenantRoutingPolicy:no-uuid', `Tenant:${theirs.toUpperCase()}`]) {
      const answer = await ask('ADMIN', 'query ($id: ID!) { node(id: $id) { id } }', {
        id: Buffer.from(id).toString('base64'),
      });
      expect(answer).toEqual({ data: { node: null }, codes: undefined });
    }
  });
});
