import { expect, test } from 'vitest';
import { mayDo, missingRole, permissions, type Permission } from '../../src/tenants/permissions.ts';
import type { Role } from '../../src/tenants/viewer.ts';

const all = Object.keys(permissions) as Permission[];
const allowedTo = (...roles: Role[]) => all.filter((permission) => mayDo(roles, permission));

test('an ADMIN may do everything', () => {
  expect(allowedTo('ADMIN')).toEqual(all);
});

test('a TENANT_ADMIN may do in its tenant what needs no call, and nothing that others share', () => {
  const others = [
    ...[
      'actForAnyTenant',
      'manageTenants',
      'manageCatalog',
      'operateBreakers',
      'readOperations',
      'readSetAside',
      'manageAdminKeys',
      'route',
    ],
  ];
  expect(all.filter((permission) => !mayDo(['TENANT_ADMIN'], permission))).toEqual(others);
});

test('an AGENT may have calls made and see why they went where they did; it changes and follows nothing', () => {
  expect(allowedTo('AGENT')).toEqual(['useApi', 'route', 'preview', 'readDecisions', 'readCatalog']);
});

test('a VIEWER may read and follow, and costs nothing', () => {
  expect(allowedTo('VIEWER')).toEqual(['useApi', 'readDecisions', 'readTenant', 'readCatalog', 'subscribe']);
});

test('several roles may do what any of them may; none may do nothing', () => {
  expect(new Set(allowedTo('VIEWER', 'AGENT'))).toEqual(
    new Set([...allowedTo('VIEWER'), ...allowedTo('AGENT')]),
  );
  expect(allowedTo()).toEqual([]);
});

test('who may not is told which role it takes, and which the key has', () => {
  expect(missingRole(['AGENT', 'VIEWER'], 'changePolicy')).toBe(
    'To change the routing policy, an API key needs the role ADMIN or TENANT_ADMIN; this one has AGENT, VIEWER.',
  );
});
