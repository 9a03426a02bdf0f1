import type { AuditDraft } from '../audit/entry.ts';
import type { Tenant } from './tenant.ts';

/** The entry, in the chain named, that a tenant has come or gone. */
export function tenantEntry(
  type: 'tenant.created' | 'tenant.deleted',
  tenant: Tenant,
  chainTenantId: string,
  act: Pick<AuditDraft, 'id' | 'at' | 'actor'>,
): AuditDraft {
  const { id: tenantId, slug, name } = tenant;
  return { ...act, tenantId: chainTenantId, type, payload: { tenantId, slug, name } };
}
