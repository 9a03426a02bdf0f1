import { describe, expect, test } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import { NotFoundError } from '../../src/system/expected-error.ts';
import { requireTenantId, resolveTenantId } from '../../src/tenants/viewer-scope.ts';
import { roles } from '../../src/tenants/viewer.ts';

const own = '019aab00-0000-7000-8000-000000000001';
const other = '019aab00-0000-7000-8000-000000000002';
const tenant = (id: string) => ({ typename: 'Tenant', id });

describe('the tenant that an operation concerns', () => {
  test.each(roles)('is the caller’s own when none is named, and when it is named (%s)', (role) => {
    const viewer = { tenantId: own, keyId: 'k', roles: [role] };
    expect(resolveTenantId(viewer, null)).toBe(own);
    expect(resolveTenantId(viewer, undefined)).toBe(own);
    expect(resolveTenantId(viewer, tenant(own))).toBe(own);
  });

  test.each(['TENANT_ADMIN', 'AGENT', 'VIEWER'] as const)('is never another’s for %s', (role) => {
    const viewer = { tenantId: own, keyId: 'k', roles: [role] };
    expect(resolveTenantId(viewer, tenant(other))).toBeUndefined();
    expect(resolveTenantId(viewer, tenant(PLATFORM_TENANT_ID))).toBeUndefined();
    expect(() => requireTenantId(viewer, tenant(other))).toThrow(NotFoundError);
  });

  test('is whichever an ADMIN names, the platform included', () => {
    const viewer = { tenantId: own, keyId: 'k', roles: ['ADMIN'] as const };
    expect(resolveTenantId(viewer, tenant(other))).toBe(other);
    expect(requireTenantId(viewer, tenant(PLATFORM_TENANT_ID))).toBe(PLATFORM_TENANT_ID);
  });

  test('is none when what is named is no tenant, even for an ADMIN', () => {
    const viewer = { tenantId: own, keyId: 'k', roles: ['ADMIN'] as const };
    expect(resolveTenantId(viewer, { typename: 'TenantRoutingPolicy', id: other })).toBeUndefined();
    expect(resolveTenantId(viewer, tenant('no uuid'))).toBeUndefined();
  });
});
