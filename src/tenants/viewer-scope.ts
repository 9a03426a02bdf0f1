import { NotFoundError } from '../system/expected-error.ts';
import { isUuid } from '../system/uuid.ts';
import { mayDo } from './permissions.ts';
import type { Viewer } from './viewer.ts';

/**
 * The tenant that an operation concerns: the one that it names, else the caller's own. Undefined when it names
 * one that is not the caller's to see, so that a stranger cannot learn which tenants exist. Whether the named
 * one exists is for the caller of this to find out.
 */
export function resolveTenantId(viewer: Viewer, named: string | null | undefined): string | undefined {
  if (named == null || named === viewer.tenantId) return viewer.tenantId;
  return isUuid(named) && mayDo(viewer.roles, 'actForAnyTenant') ? named : undefined;
}

/** As `resolveTenantId`, for operations that answer NotFound where others answer null. */
export function requireTenantId(viewer: Viewer, named: string | null | undefined): string {
  const tenantId = resolveTenantId(viewer, named);
  if (tenantId === undefined) throw noSuchTenant();
  return tenantId;
}

/** The refusal for a tenant that is not there, or not the caller's to see. */
export function noSuchTenant(): NotFoundError {
  return new NotFoundError('There is no such tenant.');
}
