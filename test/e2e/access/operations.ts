import { roles, type Role } from '../../../src/tenants/viewer.ts';
import type { TestServer } from '../../support/servers/server.ts';
import type { SettledTenant } from './settled-tenant.ts';

/** One way to ask the API for something, or to do something. */
export interface Operation {
  /** A document whose only field is the operation's. */
  readonly document: string;
  /** Who may do it at all. */
  readonly roles: readonly Role[];
}

/** An operation on a tenant or on what belongs to one, which it names by the variable `id`. */
export interface ScopedOperation extends Operation {
  /** What it names of a settled. */
  readonly names: (settled: SettledTenant) => string;
  /** What a caller who may see the settled reads there; null where there is nothing to recognise it by. */
  readonly shows: ((settled: SettledTenant) => string) | null;
}

const readers = roles.filter((role) => role !== 'AGENT');
const changers = ['ADMIN', 'TENANT_ADMIN'] as const;
const callers = ['ADMIN', 'AGENT'] as const;
const planners = roles.filter((role) => role !== 'VIEWER');
const admin = ['ADMIN'] as const;

const query = (field: string) => `query ($id: ID!) { ${field} }`;
const mutation = (field: string) => `mutation ($id: ID!) { ${field} }`;
const tenant = (settled: SettledTenant) => settled.tenant;
const members = '{ __typename ... on Error { code } }';

/** Every root field that names a tenant or what belongs to one. */
export const scoped: Readonly<Record<string, ScopedOperation>> = {
  tenant: { document: query('tenant(id: $id) { id }'), roles: readers, names: tenant, shows: tenant },
  tenantPolicy: {
    document: query('tenantPolicy(tenantId: $id) { tenant { id } }'),
    roles: readers,
    names: tenant,
    shows: tenant,
  },
  routingDecisions: {
    document: query('routingDecisions(tenantId: $id) { nodes { tenantId } }'),
    roles,
    names: tenant,
    shows: tenant,
  },
  routingDecision: {
    document: query('routingDecision(id: $id) { tenantId }'),
    roles,
    names: (settled) => settled.decision,
    shows: tenant,
  },
  auditLog: {
    document: query('auditLog(tenantId: $id, first: 200) { nodes { id } }'),
    roles: readers,
    names: tenant,
    shows: (settled) => settled.entry,
  },
  verifyAuditChain: {
    document: query('verifyAuditChain(tenantId: $id) { ok headSeq }'),
    roles: readers,
    names: tenant,
    shows: null,
  },
  updateTenantPolicy: {
    // A version that nobody read: who may change the policy meets a Conflict, which shows it.
    document: mutation(
      `updateTenantPolicy(input: { tenantId: $id, version: 99, maxAttempts: 1 }) { __typename ... on Conflict { node { id } } }`,
    ),
    roles: changers,
    names: tenant,
    shows: (settled) => settled.policy,
  },
  simulatePolicy: {
    document: query(
      `simulatePolicy(input: { tenantId: $id, policy: {}, since: "2026-01-01T00:00:00Z" }) { __typename ... on PolicySimulation { decisions } }`,
    ),
    roles: changers,
    names: tenant,
    shows: null,
  },
  issueApiKey: {
    document: mutation(`issueApiKey(input: { tenantId: $id, roles: [VIEWER], label: "issued" }) ${members}`),
    roles: changers,
    names: tenant,
    shows: null,
  },
  revokeApiKey: {
    document: mutation(
      `revokeApiKey(input: { id: $id }) { __typename ... on RevokeApiKeyPayload { apiKey { id } } }`,
    ),
    roles: changers,
    names: (settled) => settled.spareKey,
    shows: (settled) => settled.spareKey,
  },
};

const node = 'query ($id: ID!) { node(id: $id) { id } }';
const nodeOf = (names: (settled: SettledTenant) => string, may: readonly Role[]): ScopedOperation => ({
  document: node,
  roles: may,
  names,
  shows: names,
});

/** Every kind of Node that belongs to a tenant. */
export const scopedNodes: Readonly<Record<string, ScopedOperation>> = {
  Tenant: nodeOf(tenant, roles),
  TenantRoutingPolicy: nodeOf((settled) => settled.policy, readers),
  ApiKey: nodeOf((settled) => settled.spareKey, readers),
  AuditEntry: nodeOf((settled) => settled.entry, readers),
  RoutingDecision: nodeOf((settled) => settled.decision, roles),
};

/** The health check that `addHistory` adds. */
const healthCheckId = '00000000-0000-7000-8000-000000000001';

/** What happens to models in time: the first transition of a breaker, and a health check. */
export async function addHistory(server: TestServer): Promise<void> {
  const { breakers, database } = server.app.services;
  const model = { providerSlug: 'simulated', modelSlug: 'steady' };
  const target = { ...model, generation: 0, mode: 'FORCED_CLOSED', reason: 'history', until: null } as const;
  await breakers.controls.override('key:test', target);
  const data = { ...model, id: healthCheckId, outcome: 'ok', latencyMs: 1 };
  await database.prisma.providerHealthCheck.create({ data });
}

/** Every kind of Node that belongs to nobody, and the id of one. */
export const sharedNodes: Readonly<Record<string, string>> = {
  Provider: btoa('Provider:simulated'),
  Model: btoa('Model:simulated/steady'),
  CircuitBreaker: btoa('CircuitBreaker:simulated/steady'),
  BreakerTransition: btoa('BreakerTransition:1'),
  HealthCheck: btoa(`HealthCheck:${healthCheckId}`),
};

const call = 'input: { messages: [{ role: USER, content: "x" }], models: ["simulated/steady"] }';
const steady = 'providerSlug: "simulated", modelSlug: "steady"';

/** Every root field that names no tenant: it concerns the caller's own, or all. None of these changes anything. */
export const unscoped: Readonly<Record<string, Operation>> = {
  viewer: { document: '{ viewer { roles } }', roles },
  policyPresets: { document: '{ policyPresets { name } }', roles },
  providers: { document: '{ providers { slug } }', roles },
  modelAliases: { document: '{ modelAliases { name } }', roles },
  models: { document: '{ models { nodes { key } } }', roles },
  circuitBreakers: { document: '{ circuitBreakers { nodes { id } } }', roles },
  healthChecks: { document: '{ healthChecks { nodes { id } } }', roles },
  healthSeries: { document: `{ healthSeries(${steady}) { count } }`, roles },
  breakerTransitions: { document: '{ breakerTransitions { nodes { id } } }', roles },
  previewRoute: { document: `{ previewRoute(${call}) { __typename } }`, roles: planners },
  voters: { document: `{ voters(${call}) { __typename } }`, roles: planners },
  vote: {
    document: 'mutation { vote(input: { request: { messages: [] } }) { __typename } }',
    roles: callers,
  },
  route: { document: `mutation { route(${call}) { __typename } }`, roles: callers },
  tenants: { document: '{ tenants { nodes { id } } }', roles: admin },
  recordsSetAside: { document: '{ recordsSetAside }', roles: admin },
  createTenant: {
    document: `mutation { createTenant(input: { slug: "default", name: "x" }) ${members} }`,
    roles: admin,
  },
  deleteTenant: { document: `mutation { deleteTenant(input: { id: "x" }) ${members} }`, roles: admin },
  upsertProvider: {
    document: `mutation { upsertProvider(input: { slug: "simulated", adapter: "x" }) ${members} }`,
    roles: admin,
  },
  upsertModel: {
    document: `mutation { upsertModel(input: { ${steady}, maxOutputTokens: 0 }) ${members} }`,
    roles: admin,
  },
  archiveModel: {
    document: `mutation { archiveModel(input: { providerSlug: "x", modelSlug: "x" }) ${members} }`,
    roles: admin,
  },
  recordAtsScore: {
    document: `mutation { recordAtsScore(input: { ${steady}, taskType: "code", score: 2 }) ${members} }`,
    roles: admin,
  },
  overrideBreaker: {
    document: `mutation { overrideBreaker(input: { ${steady}, mode: AUTO, reason: "", generation: 0 }) ${members} }`,
    roles: admin,
  },
  probeModel: {
    document: `mutation { probeModel(input: { providerSlug: "x", modelSlug: "x" }) { __typename } }`,
    roles: admin,
  },
  resetBreaker: {
    document: `mutation { resetBreaker(input: { ${steady}, reason: "", generation: 0 }) ${members} }`,
    roles: admin,
  },
};
