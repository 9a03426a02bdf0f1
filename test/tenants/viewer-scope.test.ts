import { describe, expect, test } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import { NotFoundError } from '../../src/system/expected-error.ts';
import { requireTenantId, resolveTenantId } from '../../src/tenants/viewer-scope.ts';
import { roles } from '../../src/tenants/viewer.ts';

const own = '019aab00-0000-7000-8000-000000000001';
const other = '019aab00-0000-7000-8000-000000000002';

describe('the tenant that an operation concerns', () => {
  test.each(roles)('is the caller’s own when none is named, and when it is named (%s)', (role) => {
    const viewer = { tenantId: own, keyId: 'k', roles: [role] };
    expect(resolveTenantId(viewer, null)).toBe(own);
    expect(resolveTenantId(viewer, undefined)).toBe(own);
    expect(resolveTenantId(viewer, own)).toBe(own);
  });

  test.each(['TENANT_ADMIN', 'AGENT', 'VIEWER'] as const)('is never another’s for %s', (role) => {
    const viewer = { tenantId: own, keyId: 'k', roles: [role] };
    expect(resolveTenantId(viewer, other)).toBeUndefined();
    expect(resolveTenantId(viewer, PLATFORM_TENANT_ID)).toBeUndefined();
    expect(() => requireTenantId(viewer, other)).toThrow(NotFoundError);
  });

  test('is whichever an ADMIN names, the platform included', () => {
    const viewer = { tenantId: own, keyId: 'k', roles: ['ADMIN'] as const };
    expect(resolveTenantId(viewer, other)).toBe(other);
    expect(requireTenantId(viewer, PLATFORM_TENANT_ID)).toBe(PLATFORM_TENANT_ID);
  });
});
