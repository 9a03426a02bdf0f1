import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import type { InvalidInputError } from '../../src/system/expected-error.ts';
import { NotFoundError } from '../../src/system/expected-error.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { defaultPolicy } from '../policies/policies.ts';
import { auditOf, keyOf, openTenants } from './tenants.ts';

describeOnEachDatabase('tenants', (open) => {
  let own: Awaited<ReturnType<typeof openTenants>>;
  const admin = {
    tenantId: '019aab00-0000-7000-8000-00000000000a',
    keyId: 'boss',
    roles: ['ADMIN'] as const,
  };
  let count = 0;
  const create = () => own.tenants.create(admin, { slug: `tenant-${(count += 1)}`, name: 'A tenant' });
  const fields = (error: unknown) => (error as InvalidInputError).issues.map((issue) => issue.path.join('.'));

  beforeAll(async () => {
    own = await openTenants(open());
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test('a new tenant has the default policy at once, and the platform’s chain says who created it', async () => {
    const tenant = await create();
    expect(own.policies.policyOf(tenant.id)).toMatchObject(defaultPolicy);
    expect((await auditOf(open(), PLATFORM_TENANT_ID)).at(-1)).toMatchObject({
      type: 'tenant.created',
      actor: 'key:boss',
      payload: { tenantId: tenant.id, slug: tenant.slug, name: 'A tenant' },
    });
  });

  test.each([
    ['slug', { slug: 'Has Spaces', name: 'x' }],
    ['slug', { slug: '', name: 'x' }],
    ['slug', { slug: 'platform', name: 'x' }],
    ['name', { slug: 'fine', name: '  ' }],
    ['name', { slug: 'fine', name: 'x'.repeat(201) }],
  ])('refuses a faulty %s', async (field, input) => {
    const error: unknown = await own.tenants.create(admin, input).catch((e: unknown) => e);
    expect(fields(error)).toEqual([field]);
  });

  test('of two that want the same slug one gets it, the other learns that it is taken', async () => {
    const wish = { slug: 'popular', name: 'x' };
    const results = await Promise.allSettled([
      own.tenants.create(admin, wish),
      own.tenants.create(admin, wish),
    ]);
    const [refused] = results.filter((result) => result.status === 'rejected');
    expect(fields(refused?.reason)).toEqual(['slug']);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  test('deleting a tenant takes its keys and policy and keeps its chain', async () => {
    const tenant = await create();
    const key = await own.apiKeys.issue(admin, tenant.id, keyOf('AGENT'));
    await own.tenants.delete(admin, tenant.id);

    expect(own.apiKeys.authenticate(key.text)).toBeUndefined();
    expect(own.policies.policyOf(tenant.id)).toBeUndefined();
    expect((await auditOf(open(), tenant.id)).map((entry) => entry.type)).toEqual([
      'key.issued',
      'tenant.deleted',
    ]);
    expect((await auditOf(open(), PLATFORM_TENANT_ID)).at(-1)).toMatchObject({
      type: 'tenant.deleted',
      actor: 'key:boss',
      payload: { tenantId: tenant.id },
    });
  });

  test('neither the tenant `default` nor the caller’s own can be deleted', async () => {
    const standard = await own.tenants.create(admin, { slug: 'default', name: 'Default' });
    const mine = await create();
    const outcomes = await Promise.allSettled([
      own.tenants.delete(admin, standard.id),
      own.tenants.delete({ ...admin, tenantId: mine.id }, mine.id),
    ]);
    const refusals = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
    expect(refusals.map(fields)).toEqual([['id'], ['id']]);
    expect(own.policies.policyOf(mine.id)).toBeDefined();
  });

  test.each([PLATFORM_TENANT_ID, '019aab00-0000-7000-8000-0000000000ff', 'no uuid'])(
    'a tenant that is not there is not found (%s)',
    async (id) => {
      await expect(own.tenants.delete(admin, id)).rejects.toThrow(NotFoundError);
    },
  );
});
