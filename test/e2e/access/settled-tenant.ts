import { roles, type Role } from '../../../src/tenants/viewer.ts';
import { createTenant, issueKey } from '../../support/graphql/admin.ts';
import { fieldOf } from '../../support/graphql/client.ts';
import { route } from '../../support/graphql/route-call.ts';
import type { TestServer } from '../../support/servers/server.ts';

/** A tenant with a key of every role, and one of each thing that a tenant can have. Ids are global ids. */
export interface SettledTenant {
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
export async function settleTenant(server: TestServer, slug: string): Promise<SettledTenant> {
  const { id: tenantId, policy } = await createTenant(server, slug);
  const keys: Partial<Record<Role, string>> = {};
  for (const role of roles) keys[role] = (await issueKey(server, { tenantId, roles: [role] })).text;
  const all = keys as Record<Role, string>;
  const { decision } = await route(server, { models: ['simulated/steady'] }, { key: all.AGENT });
  const log = await server.ask('{ auditLog(first: 1) { nodes { id } } }', {}, all.VIEWER);
  return {
    tenant: tenantId,
    slug,
    policy: policy.id,
    keys: all,
    spareKey: (await issueKey(server, { tenantId, roles: ['VIEWER'] })).id,
    decision: decision.id,
    entry: fieldOf<{ nodes: { id: string }[] }>(log, 'auditLog').nodes[0]!.id,
  };
}
