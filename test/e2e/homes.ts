import { roles, type Role } from '../../src/tenants/viewer.ts';
import { fieldOf } from '../support/graphql/client.ts';
import type { TestServer } from '../support/servers/server.ts';

/** A tenant with a key of every role, and one of each thing that a tenant can have. Ids are global ids. */
export interface Home {
  readonly tenant: string;
  readonly slug: string;
  readonly policy: string;
  /** The texts to authenticate with. */
  readonly keys: Readonly<Record<Role, string>>;
  /** A key that nobody uses. */
  readonly spareKey: string;
  readonly decision: string;
  readonly entry: string;
}

/** Creates a tenant and everything that belongs to it, as the admin. */
export async function createHome(server: TestServer, slug: string): Promise<Home> {
  const created = await server.field<{ tenant: { id: string; policy: { id: string } } }>(
    'createTenant',
    `mutation ($slug: String!) {
      createTenant(input: { slug: $slug, name: $slug }) { ... on CreateTenantPayload { tenant { id policy { id } } } }
    }`,
    { slug },
  );
  const { id: tenant, policy } = created.tenant;
  const keys: Partial<Record<Role, string>> = {};
  for (const role of roles) keys[role] = (await issueKey(server, tenant, role)).secret;
  const all = keys as Record<Role, string>;
  const routed = await server.ask(
    `mutation { route(input: { messages: [{ role: USER, content: "hello" }], models: ["simulated/steady"] }) {
      ... on RouteSuccess { decision { id } }
    } }`,
    {},
    all.AGENT,
  );
  const log = await server.ask('{ auditLog(first: 1) { nodes { id } } }', {}, all.VIEWER);
  return {
    tenant,
    slug,
    policy: policy.id,
    keys: all,
    spareKey: (await issueKey(server, tenant, 'VIEWER')).apiKey.id,
    decision: fieldOf<{ decision: { id: string } }>(routed, 'route').decision.id,
    entry: fieldOf<{ nodes: { id: string }[] }>(log, 'auditLog').nodes[0]!.id,
  };
}

/** Issues a key of a tenant, as the admin. */
export function issueKey(
  server: TestServer,
  tenantId: string,
  role: Role,
): Promise<{ readonly secret: string; readonly apiKey: { readonly id: string } }> {
  return server.field(
    'issueApiKey',
    `mutation ($tenantId: ID!, $role: Role!) {
      issueApiKey(input: { tenantId: $tenantId, roles: [$role] }) {
        ... on IssueApiKeyPayload { secret apiKey { id } }
      }
    }`,
    { tenantId, role },
  );
}
