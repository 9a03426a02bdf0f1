import { NotFoundError } from '../system/expected-error.ts';
import { isUuid } from '../system/input/uuid.ts';
import { mayDo } from './permissions.ts';
import type { Viewer } from './viewer.ts';

/** Something that a caller names by its global id. */
interface Named {
  readonly typename: string;
  readonly id: string;
}

/** Whether what belongs to this tenant is the caller's to see. Whether there is such a tenant is another question. */
export function isInScope(viewer: Viewer, tenantId: string): boolean {
  return tenantId === viewer.tenantId || (isUuid(tenantId) && mayDo(viewer.roles, 'actForAnyTenant'));
}

/**
 * The tenant that an operation concerns: the one that it names, else the caller's own. Undefined when it names
 * one that is not the caller's to see, so that a stranger cannot learn which tenants exist, or what is no tenant.
 * Whether the named one exists is for the caller of this to find out.
 */
export function resolveTenantId(viewer: Viewer, named: Named | null | undefined): string | undefined {
  if (named == null) return viewer.tenantId;
  return named.typename === 'Tenant' && isInScope(viewer, named.id) ? named.id : undefined;
}

/** As `resolveTenantId`, for operations that answer NotFound where others answer null. */
export function requireTenantId(viewer: Viewer, named: Named | null | undefined): string {
  const tenantId = resolveTenantId(viewer, named);
  if (tenantId === undefined) throw noSuchTenant();
  return tenantId;
}

/** The refusal for a tenant that is not there, or not the caller's to see. */
export function noSuchTenant(): NotFoundError {
  return new NotFoundError('There is no such tenant.');
}
