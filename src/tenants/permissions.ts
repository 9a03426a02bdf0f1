import type { Role } from './viewer.ts';

interface Rule {
  /** What is allowed, for people; finishes "may …". */
  readonly meaning: string;
  readonly roles: readonly Role[];
}

const everyRole: readonly Role[] = ['ADMIN', 'TENANT_ADMIN', 'AGENT', 'VIEWER'];

/** What operations do, as far as roles are concerned, and who may do it: the only place that knows. */
export const permissions = {
  useApi: {
    meaning: 'ask who it is and which presets there are, and for anything that it may see by its id',
    roles: everyRole,
  },
  actForAnyTenant: { meaning: 'do all of this in any tenant, by naming it', roles: ['ADMIN'] },
  manageTenants: { meaning: 'list, create and delete tenants', roles: ['ADMIN'] },
  manageCatalog: { meaning: 'change providers, models, prices and scores', roles: ['ADMIN'] },
  operateBreakers: { meaning: 'force or reset breakers, and have models probed', roles: ['ADMIN'] },
  readOperations: {
    meaning:
      'see where providers are called, by which credential and contract, and who forced a breaker and why',
    roles: ['ADMIN'],
  },
  readSetAside: {
    meaning: 'see how many records of an instance the database refuses',
    roles: ['ADMIN'],
  },
  changePolicy: { meaning: 'change the routing policy', roles: ['ADMIN', 'TENANT_ADMIN'] },
  simulatePolicy: {
    meaning: 're-plan recorded decisions under another policy',
    roles: ['ADMIN', 'TENANT_ADMIN'],
  },
  manageKeys: {
    meaning: 'issue and revoke API keys without the role ADMIN',
    roles: ['ADMIN', 'TENANT_ADMIN'],
  },
  manageAdminKeys: { meaning: 'issue and revoke API keys with the role ADMIN', roles: ['ADMIN'] },
  route: { meaning: 'have models called', roles: ['ADMIN', 'AGENT'] },
  preview: {
    meaning: 'have models ranked without calling any',
    roles: ['ADMIN', 'TENANT_ADMIN', 'AGENT'],
  },
  readDecisions: { meaning: 'read recorded decisions', roles: everyRole },
  readTenant: {
    meaning: 'read the tenant, its policy, its keys (never their secrets) and its audit log',
    roles: ['ADMIN', 'TENANT_ADMIN', 'VIEWER'],
  },
  readCatalog: { meaning: 'read the catalog, breakers and health', roles: everyRole },
  subscribe: {
    meaning: 'follow events as they happen, other than those of the caller’s own streamed call',
    roles: ['ADMIN', 'TENANT_ADMIN', 'VIEWER'],
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type Permission = keyof typeof permissions;

/** Whether any of these roles may do it. */
export function mayDo(roles: readonly Role[], permission: Permission): boolean {
  const allowed: readonly Role[] = permissions[permission].roles;
  return roles.some((role) => allowed.includes(role));
}

/** What a caller with these roles is told who may not do it. */
export function missingRole(roles: readonly Role[], permission: Permission): string {
  const needed = permissions[permission].roles;
  return `To ${permissions[permission].meaning}, an API key needs the role ${needed.join(' or ')}; this one has ${roles.join(', ')}.`;
}
