import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { roles, type Role } from '../../../src/tenants/viewer.ts';
import type { GraphQLAnswer } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { settleTenant, type SettledTenant } from './settled-tenant.ts';
import { addHistory, scoped, scopedNodes, sharedNodes, unscoped } from './operations.ts';
import { readState } from './state.ts';

let server: TestServer;
let north: SettledTenant;
let south: SettledTenant;
beforeAll(async () => {
  server = await startServer();
  north = await settleTenant(server, 'north');
  south = await settleTenant(server, 'south');
  await addHistory(server);
});
afterAll(() => server[Symbol.asyncDispose]());

/** What an answer with one field tells its caller. */
function verdictOf({ data, errors }: GraphQLAnswer): 'forbidden' | 'hidden' | 'shown' {
  const [value] = Object.values(data ?? {}) as ({ __typename?: string } | null | undefined)[];
  if (errors !== undefined) {
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    expect(value ?? null).toBeNull();
    return 'forbidden';
  }
  return value == null || value.__typename === 'NotFound' ? 'hidden' : 'shown';
}

/** The ids by which a tenant would be recognised. */
const marksOf = ({ tenant, policy, spareKey, decision, entry }: SettledTenant) => [
  tenant,
  policy,
  spareKey,
  decision,
  entry,
];

const tableOf = (operations: Readonly<Record<string, { readonly roles: readonly Role[] }>>) =>
  Object.keys(operations).flatMap((name) => roles.map((role) => ({ name, role })));

describe('every operation on a tenant', () => {
  test.each(tableOf(scoped))('$name by $role of north', async ({ name, role }) => {
    const { document, roles: may, names, shows } = scoped[name]!;
    const ask = (settled: SettledTenant) => server.ask(document, { id: names(settled) }, north.keys[role]);
    const isAllowed = may.includes(role);

    const own = await ask(north);
    expect(verdictOf(own)).toBe(isAllowed ? 'shown' : 'forbidden');
    if (isAllowed && shows !== null) expect(JSON.stringify(own)).toContain(shows(north));

    const before = await readState(server);
    const others = await ask(south);
    expect(verdictOf(others)).toBe(!isAllowed ? 'forbidden' : role === 'ADMIN' ? 'shown' : 'hidden');
    if (role === 'ADMIN') return;
    for (const mark of marksOf(south)) expect(JSON.stringify([own, others])).not.toContain(mark);
    expect(await readState(server)).toEqual(before);
  });

  const byTenant = Object.entries(scoped).filter(
    ([, { names }]) => names({ tenant: 'T' } as SettledTenant) === 'T',
  );
  test.each(byTenant)('%s takes a tenant’s own id, not that of its policy', async (_, { document }) => {
    expect(verdictOf(await server.ask(document, { id: south.policy }))).toBe('hidden');
  });

  test.each(roles)(
    'another tenant’s name is no way to it for %s, nor is a list of one’s own',
    async (role) => {
      const may = scoped['tenant']!.roles.includes(role);
      const bySlug = await server.ask(`{ tenant(slug: "south") { id } }`, {}, north.keys[role]);
      expect(verdictOf(bySlug)).toBe(!may ? 'forbidden' : role === 'ADMIN' ? 'shown' : 'hidden');
      for (const document of [
        '{ routingDecisions { nodes { id tenantId } } }',
        '{ auditLog { nodes { id } } }',
      ]) {
        const text = JSON.stringify(await server.ask(document, {}, north.keys[role]));
        for (const mark of marksOf(south)) expect(text).not.toContain(mark);
      }
    },
  );
});

describe('every kind of node', () => {
  test.each(tableOf(scopedNodes))('$name by $role of north', async ({ name, role }) => {
    const { document, roles: may, names } = scopedNodes[name]!;
    const ask = (settled: SettledTenant) => server.ask(document, { id: names(settled) }, north.keys[role]);
    expect(verdictOf(await ask(north))).toBe(may.includes(role) ? 'shown' : 'forbidden');
    expect(verdictOf(await ask(south))).toBe(role === 'ADMIN' ? 'shown' : 'hidden');
  });

  test.each(Object.entries(sharedNodes))('%s is everybody’s', async (_, id) => {
    for (const role of roles) {
      const answer = await server.ask('query ($id: ID!) { node(id: $id) { id } }', { id }, north.keys[role]);
      expect(answer.data).toEqual({ node: { id } });
    }
  });
});

describe('every other operation', () => {
  test.each(tableOf(unscoped))('$name by $role', async ({ name, role }) => {
    const { document, roles: may } = unscoped[name]!;
    const verdict = verdictOf(await server.ask(document, {}, north.keys[role]));
    if (may.includes(role)) expect(verdict).not.toBe('forbidden');
    else expect(verdict).toBe('forbidden');
  });
});

describe('what an ADMIN alone may give away', () => {
  test('a key of the role ADMIN is neither issued nor revoked by a TENANT_ADMIN', async () => {
    const issue = 'mutation { issueApiKey(input: { roles: [VIEWER, ADMIN] }) { __typename } }';
    expect(verdictOf(await server.ask(issue, {}, north.keys.TENANT_ADMIN))).toBe('forbidden');
    const { data } = await server.ask('{ tenant { apiKeys { id roles } } }', {}, north.keys.ADMIN);
    const { apiKeys } = data?.['tenant'] as { apiKeys: { id: string; roles: string[] }[] };
    const id = apiKeys.find((key) => key.roles.includes('ADMIN'))?.id;
    const revoke = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }';
    expect(verdictOf(await server.ask(revoke, { id }, north.keys.TENANT_ADMIN))).toBe('forbidden');
    expect((await server.ask('{ viewer { roles } }', {}, north.keys.ADMIN)).status).toBe(200);
  });

  test('the platform’s chain is an ADMIN’s to read', async () => {
    const platform = btoa('Tenant:00000000-0000-0000-0000-000000000000');
    for (const role of roles) {
      const answer = await server.ask(scoped['auditLog']!.document, { id: platform }, north.keys[role]);
      expect(verdictOf(answer)).toBe({ ADMIN: 'shown', AGENT: 'forbidden' }[role as string] ?? 'hidden');
    }
  });

  test.each(['apiKeys { prefix }', 'policy { version }'])(
    'an AGENT sees their tenant, not its %s',
    async (field) => {
      const answer = await server.ask(`{ viewer { tenant { ${field} } } }`, {}, north.keys.AGENT);
      expect(answer.data).toEqual({ viewer: { tenant: null } });
      expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    },
  );
});

test('these tables name every query, mutation and node of the schema', () => {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );
  expect([...Object.keys(scoped), ...Object.keys(unscoped), 'node'].sort()).toEqual(fields.sort());
  const nodes = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'),
  );
  expect([...Object.keys(scopedNodes), ...Object.keys(sharedNodes)].sort()).toEqual(
    nodes.map(({ name }) => name).sort(),
  );
});
