import type { Role } from './viewer.ts';

/** What an operation does, as far as roles are concerned. */
export type Permission =
  /** Do all of this in any tenant, not only in the caller's own. */
  | 'actForAnyTenant'
  /** List, create and delete tenants. */
  | 'manageTenants'
  /** Change providers, models, prices and scores. */
  | 'manageCatalog'
  /** Force or reset breakers, and have models probed. */
  | 'operateBreakers'
  /** Change the routing policy. */
  | 'changePolicy'
  /** Re-plan recorded decisions under another policy. */
  | 'simulatePolicy'
  /** Issue and revoke API keys, those with the role ADMIN excepted. */
  | 'manageKeys'
  /** Issue and revoke API keys with the role ADMIN. */
  | 'manageAdminKeys'
  /** Have models called: route, routeStream, vote. */
  | 'route'
  /** Have models ranked without calling any: previewRoute, voters. */
  | 'preview'
  /** Read recorded decisions. */
  | 'readDecisions'
  /** Read the tenant, its policy, its keys (never their secrets) and its audit log. */
  | 'readTenant'
  /** Read the catalog, breakers and health. */
  | 'readCatalog'
  /** Follow events as they happen, other than those of the caller's own streamed call. */
  | 'subscribe';

const everyRole: readonly Role[] = ['ADMIN', 'TENANT_ADMIN', 'AGENT', 'VIEWER'];

/** Who may do what: the only place that knows. */
export const rolesThatMay: Readonly<Record<Permission, readonly Role[]>> = {
  actForAnyTenant: ['ADMIN'],
  manageTenants: ['ADMIN'],
  manageCatalog: ['ADMIN'],
  operateBreakers: ['ADMIN'],
  changePolicy: ['ADMIN', 'TENANT_ADMIN'],
  simulatePolicy: ['ADMIN', 'TENANT_ADMIN'],
  manageKeys: ['ADMIN', 'TENANT_ADMIN'],
  manageAdminKeys: ['ADMIN'],
  route: ['ADMIN', 'AGENT'],
  preview: ['ADMIN', 'AGENT'],
  readDecisions: everyRole,
  readTenant: ['ADMIN', 'TENANT_ADMIN', 'VIEWER'],
  readCatalog: everyRole,
  subscribe: ['ADMIN', 'TENANT_ADMIN', 'VIEWER'],
};

/** Whether any of these roles may do it. */
export function mayDo(roles: readonly Role[], permission: Permission): boolean {
  return roles.some((role) => rolesThatMay[permission].includes(role));
}
