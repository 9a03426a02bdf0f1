import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionOf, rootFields } from '../../../src/graphql/permitted-fields.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { permissions, type Permission } from '../../../src/tenants/permissions.ts';
import { roles, type Role } from '../../../src/tenants/viewer.ts';
import { createTenant, issueKey } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { greet } from '../../support/graphql/socket-client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** What belongs to one tenant, by global ids. */
interface Belongings {
  readonly tenant: string;
  readonly key: string;
  readonly decision: string;
}

/** How a field is asked for: its arguments, what is selected, and what an ADMIN alone is answered of another tenant. */
interface Sample {
  readonly args?: (of: Belongings) => string;
  readonly selection?: string;
  /** What others than ADMIN are answered of another tenant's; absent: the field is of no tenant. */
  readonly foreign?: 'null' | 'NotFound' | 'NOT_FOUND';
}

const input = 'input: { messages: [{ role: USER, content: "x" }] }';
const model = 'providerSlug: "none", modelSlug: "none"';
const typename = '{ __typename }';
const union = '{ __typename ... on Error { code } }';
const tenantId = ({ tenant }: Belongings) => `(tenantId: "${tenant}")`;

/** Every root field. One that is added needs an entry, and the roles' table says what it takes. */
const samples: Readonly<Record<string, Sample>> = {
  'Query.node': { args: ({ decision }) => `(id: "${decision}")`, foreign: 'null' },
  'Query.viewer': {},
  'Query.tenant': { args: ({ tenant }) => `(id: "${tenant}")`, foreign: 'null' },
  'Query.tenants': {},
  'Query.policyPresets': {},
  'Query.tenantPolicy': { args: tenantId, foreign: 'null' },
  'Query.simulatePolicy': {
    args: ({ tenant }) => `(input: { tenantId: "${tenant}", policy: {}, since: "2026-01-01T00:00:00Z" })`,
    ...{ selection: union, foreign: 'NotFound' },
  },
  'Query.modelAliases': { selection: '{ name }' },
  'Query.providers': {},
  'Query.models': {},
  'Query.previewRoute': {
    args: ({ tenant }) => `(${input}, tenantId: "${tenant}")`,
    ...{ selection: union, foreign: 'NOT_FOUND' },
  },
  'Query.voters': {
    args: ({ tenant }) => `(${input}, tenantId: "${tenant}")`,
    ...{ selection: union, foreign: 'NOT_FOUND' },
  },
  'Query.routingDecision': { args: ({ decision }) => `(id: "${decision}")`, foreign: 'null' },
  'Query.routingDecisions': { args: tenantId, foreign: 'null' },
  'Query.circuitBreakers': {},
  'Query.breakerTransitions': {},
  'Query.healthChecks': {},
  'Query.healthSeries': { args: () => `(${model})` },
  'Query.auditLog': { args: tenantId, foreign: 'null' },
  'Query.verifyAuditChain': { args: tenantId, foreign: 'null' },
  'Query.recordsSetAside': { selection: '' },
  'Mutation.vote': { args: () => '(input: { request: { messages: [] } })', selection: union },
  'Mutation.route': { args: () => `(${input})`, selection: union },
  'Mutation.updateTenantPolicy': {
    args: ({ tenant }) => `(input: { tenantId: "${tenant}", version: 99 })`,
    ...{ selection: union, foreign: 'NotFound' },
  },
  'Mutation.overrideBreaker': {
    args: () => `(input: { ${model}, mode: AUTO, reason: "x", generation: 0 })`,
    selection: union,
  },
  'Mutation.resetBreaker': {
    args: () => `(input: { ${model}, reason: "x", generation: 0 })`,
    selection: union,
  },
  'Mutation.probeModel': { args: () => `(input: { ${model} })`, selection: union },
  'Mutation.upsertProvider': { args: () => '(input: { slug: "" })', selection: union },
  'Mutation.upsertModel': { args: () => `(input: { ${model} })`, selection: union },
  'Mutation.archiveModel': { args: () => `(input: { ${model} })`, selection: union },
  'Mutation.recordAtsScore': {
    args: () => `(input: { ${model}, taskType: "x", score: 0.5 })`,
    selection: union,
  },
  'Mutation.createTenant': { args: () => '(input: { slug: "", name: "" })', selection: union },
  'Mutation.deleteTenant': {
    args: () => `(input: { id: "${Buffer.from('Tenant:none').toString('base64')}" })`,
    selection: union,
  },
  'Mutation.issueApiKey': {
    args: ({ tenant }) => `(input: { tenantId: "${tenant}", roles: [VIEWER] })`,
    ...{ selection: union, foreign: 'NotFound' },
  },
  'Mutation.revokeApiKey': {
    args: ({ key }) => `(input: { id: "${key}" })`,
    ...{ selection: union, foreign: 'NotFound' },
  },
  'Subscription.routeStream': { args: () => `(${input})` },
  'Subscription.breakerTransitions': {},
  'Subscription.circuitBreakers': {},
  'Subscription.healthChecks': {},
  'Subscription.routingDecisions': { args: tenantId, foreign: 'NOT_FOUND' },
  'Subscription.policyChanged': { args: tenantId, foreign: 'NOT_FOUND' },
};

const stack = new AsyncDisposableStack();
let server: TestServer;
let own: Belongings;
let foreign: Belongings;
const keys: Partial<Record<Role, string>> = {};

beforeAll(async () => {
  server = stack.use(await startServer());
  own = await belongings('own');
  foreign = await belongings('foreign');
  for (const role of roles) {
    keys[role] = (await issueKey(server, { tenantId: own.tenant, roles: [role] })).text;
  }
});
afterAll(() => stack.disposeAsync());

async function belongings(slug: string): Promise<Belongings> {
  const { id: tenant } = await createTenant(server, slug);
  const { id: key } = await issueKey(server, { tenantId: tenant, roles: ['VIEWER'] });
  const { text } = await issueKey(server, { tenantId: tenant });
  const { decision } = await route(server, {}, { key: text });
  return { tenant, key, decision: decision.id };
}

/** What a caller is answered: the field's value, and the codes of errors with their messages. */
async function ask(name: string, role: Role, of: Belongings) {
  const [type = '', field = ''] = name.split('.');
  const { args, selection = typename } = samples[name]!;
  const query = `${type.toLowerCase()} { ${field}${args?.(of) ?? ''} ${selection} }`;
  if (type === 'Subscription') return follow(query, keys[role]!);
  const { data, errors = [] } = await server.ask(query, {}, keys[role]);
  return { value: data?.[field] ?? null, errors: errors.map(faultOf) };
}

interface Fault {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}
const faultOf = ({ message, extensions }: Fault) => ({ code: extensions?.code, message });

/** Over a socket: what has come of a subscription when an operation after it is answered, and its own start is over. */
async function follow(query: string, key: string) {
  const client = await greet(server.url, key);
  client.subscribe('1', query);
  client.subscribe('2', '{ routingDecisions(first: 1) { headCursor } }');
  await client.until({ id: '2', type: 'complete' });
  client.subscribe('3', '{ routingDecisions(first: 1) { headCursor } }');
  await client.until({ id: '3', type: 'complete' });
  const messages = client.messages as readonly { id?: string; type: string; payload?: unknown }[];
  const errors = messages
    .filter(({ id }) => id === '1')
    .flatMap(({ type, payload }) =>
      type === 'error' ? (payload as Fault[]) : ((payload as { errors?: Fault[] } | undefined)?.errors ?? []),
    );
  client.socket.close();
  await client.closed;
  return { value: null, errors: errors.map(faultOf) };
}

const fields = rootFields(schema).map(({ name, field }) => ({ name, permission: permissionOf(field)! }));

test('every root field names a permission, and is tried here', () => {
  expect(fields.filter(({ permission }) => permission === undefined)).toEqual([]);
  expect(Object.keys(samples).sort()).toEqual(fields.map(({ name }) => name).sort());
});

const allowed = (permission: Permission): readonly Role[] => permissions[permission].roles;

describe.for(fields)('$name', ({ name, permission }) => {
  test.for(roles.filter((role) => !allowed(permission).includes(role)))(
    'is forbidden to a %s, who is told which role would do, whichever tenant is named',
    async (role) => {
      for (const of of [own, foreign]) {
        const { errors } = await ask(name, role, of);
        expect(errors).toEqual([
          {
            code: 'FORBIDDEN',
            message: expect.stringContaining(
              `an API key needs the role ${allowed(permission).join(' or ')}; this one has ${role}.`,
            ) as string,
          },
        ]);
      }
    },
  );

  test.for(allowed(permission))('answers a %s of its own tenant', async (role) => {
    const { errors, value } = await ask(name, role, own);
    expect(errors).toEqual([]);
    if (samples[name]!.foreign === 'null') expect(value).not.toBeNull();
  });

  test.for(allowed(permission))('answers a %s of another tenant as it should', async (role) => {
    const { foreign: refusal } = samples[name]!;
    const { errors, value } = await ask(name, role, foreign);
    const isSeen = role === 'ADMIN' || refusal === undefined;
    expect(errors.map(({ code }) => code)).toEqual(!isSeen && refusal === 'NOT_FOUND' ? ['NOT_FOUND'] : []);
    if (refusal === 'null') expect(value === null).toBe(!isSeen);
    if (refusal === 'NotFound') {
      expect((value as { __typename: string }).__typename === 'NotFound').toBe(!isSeen);
    }
  });
});

test('a TENANT_ADMIN gives no ADMIN away, and takes none', async () => {
  const issue = 'mutation { issueApiKey(input: { roles: [ADMIN, VIEWER] }) { __typename } }';
  expect(await server.ask(issue, {}, keys['TENANT_ADMIN'])).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' }, message: expect.stringContaining('role ADMIN') as string }],
  });
  const { id } = await issueKey(server, { tenantId: own.tenant, roles: ['ADMIN'] });
  const revoke = `mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`;
  expect(await server.ask(revoke, {}, keys['TENANT_ADMIN'])).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
});
