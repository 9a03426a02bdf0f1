import { describe, expect, test } from 'vitest';
import { mayDo, missingRole, permissions, type Permission } from '../../src/tenants/permissions.ts';
import { roles } from '../../src/tenants/viewer.ts';

//                                    ADMIN  TENANT_ADMIN  AGENT  VIEWER
const matrix: Record<Permission, [boolean, boolean, boolean, boolean]> = {
  actForAnyTenant: [true, false, false, false],
  manageTenants: [true, false, false, false],
  manageCatalog: [true, false, false, false],
  operateBreakers: [true, false, false, false],
  changePolicy: [true, true, false, false],
  simulatePolicy: [true, true, false, false],
  manageKeys: [true, true, false, false],
  manageAdminKeys: [true, false, false, false],
  route: [true, false, true, false],
  preview: [true, true, true, false],
  readDecisions: [true, true, true, true],
  readTenant: [true, true, false, true],
  readCatalog: [true, true, true, true],
  subscribe: [true, true, false, true],
};

const cases = (Object.keys(permissions) as Permission[]).flatMap((permission) =>
  roles.map((role, column) => ({ role, permission, allowed: matrix[permission][column] })),
);

describe('permissions', () => {
  test.each(cases)('$role, $permission: $allowed', ({ role, permission, allowed }) => {
    expect(mayDo([role], permission)).toBe(allowed);
  });

  test('several roles may do what any of them may; none may do nothing', () => {
    expect(mayDo(['VIEWER', 'AGENT'], 'route')).toBe(true);
    expect(mayDo(['VIEWER', 'AGENT'], 'readTenant')).toBe(true);
    expect(mayDo([], 'readCatalog')).toBe(false);
  });

  test('who may not is told which role it takes, and which the key has', () => {
    expect(missingRole(['AGENT', 'VIEWER'], 'changePolicy')).toBe(
      'To change the routing policy, an API key needs the role ADMIN or TENANT_ADMIN; this one has AGENT, VIEWER.',
    );
  });
});
