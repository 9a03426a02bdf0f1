import { PLATFORM_TENANT_ID } from '../audit/entry.ts';
import { builder } from '../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  pageRequest,
  toPage,
} from '../graphql/connection.ts';
import { RoleRef } from '../graphql/enums.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import { defineResult } from '../graphql/result.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { isUuid } from '../system/input/uuid.ts';
import { mayDo } from './permissions.ts';
import { PLATFORM_SLUG } from './tenant.ts';
import { isInScope, noSuchTenant, resolveTenantId } from './viewer-scope.ts';
import type { Viewer } from './viewer.ts';

const TenantRef = builder.prismaNode('Tenant', {
  description: 'Whose calls are routed, under one policy, with keys and an audit chain of their own.',
  nullable: true,
  id: { field: 'id', description: 'The tenant’s global id.' },
  // No tenant has the platform's id.
  findUnique: (id, { viewer }) => ({ id: isInScope(viewer, id) ? id : PLATFORM_TENANT_ID }),
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Its short name, unique.' }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    apiKeys: t.prismaField({
      type: ['ApiKey'],
      description: 'Its keys, revoked and expired ones included, newest first.',
      resolve: (query, { id }, _, { viewer, services }) =>
        id === PLATFORM_TENANT_ID
          ? []
          : services.database.reads.of(viewer.tenantId).apiKey.findMany({
              ...query,
              where: { tenantId: id },
              orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
            }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
  }),
});

/** The tenant that is none, so that an ADMIN finds the chain of what belongs to no tenant. */
const platform = { id: PLATFORM_TENANT_ID, slug: PLATFORM_SLUG, name: 'Platform', createdAt: new Date(0) };

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'The caller, as the API key or token tells.',
  fields: (t) => ({
    tenant: t.prismaField({
      type: 'Tenant',
      nullable: true,
      description: 'The tenant that the key or token belongs to.',
      resolve: (query, { tenantId }, _, { viewer, services }) =>
        services.database.reads.of(viewer.tenantId).tenant.findUnique({ ...query, where: { id: tenantId } }),
    }),
    roles: t.field({
      type: [RoleRef],
      description: 'What the key or token allows.',
      resolve: ({ roles }) => [...roles],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    description: 'Who is asking.',
    authScopes: { may: 'useApi' },
    resolve: (_, __, { viewer }) => viewer,
  }),
);

builder.queryField('tenant', (t) =>
  t.prismaField({
    type: 'Tenant',
    nullable: true,
    description: 'One tenant; null when it is not there, or not the caller’s to see.',
    authScopes: { may: 'readTenant' },
    args: {
      id: t.arg.globalID({ description: 'Absent, and no slug either: the caller’s own tenant.' }),
      slug: t.arg.string({ description: 'Its short name, instead of its id.' }),
    },
    resolve: (query, _, { id, slug }, { viewer, services }) => {
      const anyTenant = slug != null && id == null && mayDo(viewer.roles, 'actForAnyTenant');
      const tenantId = resolveTenantId(viewer, id);
      if (tenantId === undefined) return null;
      requirePrintable({ slug });
      const isPlatform = (anyTenant && slug === PLATFORM_SLUG) || tenantId === PLATFORM_TENANT_ID;
      if (isPlatform) return slug == null || slug === PLATFORM_SLUG ? platform : null;
      const where = { ...(anyTenant ? {} : { id: tenantId }), ...(slug == null ? {} : { slug }) };
      return services.database.reads.of(viewer.tenantId).tenant.findFirst({ ...query, where });
    },
  }),
);

const TenantConnection = defineConnection('Tenant', TenantRef);

builder.queryField('tenants', (t) =>
  t.field({
    type: TenantConnection,
    nullable: true,
    description:
      'All tenants, newest first, and after them `platform`, whose audit chain keeps what belongs to no tenant: it has no keys, and nothing is routed for it.',
    authScopes: { may: 'manageTenants' },
    complexity: connectionComplexity,
    args: { ...connectionArgs },
    resolve: async (_, args, { viewer, services }) => {
      const page = pageRequest(args);
      if (page.after !== null && !isUuid(page.after)) {
        throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
      }
      // Later tenants have greater ids.
      const rows = await services.database.reads.of(viewer.tenantId).tenant.findMany({
        where: page.after === null ? {} : { id: { lt: page.after } },
        orderBy: { id: 'desc' },
        take: page.first + 1,
      });
      // Nothing is less than the platform's id.
      const isLast = rows.length <= page.first && page.after !== PLATFORM_TENANT_ID;
      return toPage(page, isLast ? [...rows, platform] : rows, (tenant) => tenant.id);
    },
  }),
);

const CreateTenantInput = builder.inputType('CreateTenantInput', {
  description: 'A tenant to add.',
  fields: (t) => ({
    slug: t.string({
      required: true,
      description: '1 to 63 lower-case letters, digits and hyphens; unique.',
    }),
    name: t.string({ required: true, description: 'Its name for people, at most 200 characters.' }),
  }),
});

const CreateTenantPayload = builder.objectRef<{ readonly id: string }>('CreateTenantPayload').implement({
  description: 'The tenant is there, with the default policy and no keys.',
  fields: (t) => ({
    tenant: t.prismaField({
      type: 'Tenant',
      description: 'The new tenant.',
      resolve: (query, { id }, _, { services }) =>
        services.database.prisma.tenant.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

const CreateTenantResult = defineResult(
  'CreateTenantResult',
  'What came of adding a tenant.',
  CreateTenantPayload,
  ['Unavailable', 'InvalidInput'],
);

builder.mutationField('createTenant', (t) =>
  t.field({
    type: CreateTenantResult.type,
    description: 'Adds a tenant with the default policy.',
    authScopes: { may: 'manageTenants' },
    args: { input: t.arg({ type: CreateTenantInput, required: true, description: 'The new tenant.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      CreateTenantResult.resolve(() => services.tenants.create(viewer, input)),
  }),
);

const DeleteTenantInput = builder.inputType('DeleteTenantInput', {
  description: 'A tenant to delete.',
  fields: (t) => ({ id: t.globalID({ required: true, description: 'Which one.' }) }),
});

const DeleteTenantPayload = builder
  .objectRef<{ readonly tenantId: string }>('DeleteTenantPayload')
  .implement({
    description: 'The tenant is gone, with its policy and keys. Its decisions and its audit chain stay.',
    fields: (t) => ({
      tenantId: t.globalID({
        description: 'The id it had.',
        resolve: ({ tenantId }) => ({ type: 'Tenant', id: tenantId }),
      }),
    }),
  });

const DeleteTenantResult = defineResult(
  'DeleteTenantResult',
  'What came of deleting a tenant.',
  DeleteTenantPayload,
  ['NotFound', 'InvalidInput', 'Unavailable'],
);

builder.mutationField('deleteTenant', (t) =>
  t.field({
    type: DeleteTenantResult.type,
    description:
      'Deletes a tenant with its policy and keys; neither the tenant `default` nor the caller’s own.',
    authScopes: { may: 'manageTenants' },
    args: { input: t.arg({ type: DeleteTenantInput, required: true, description: 'Which tenant.' }) },
    resolve: (_, { input: { id: named } }, { viewer, services }) =>
      DeleteTenantResult.resolve(async () => {
        if (named.typename !== 'Tenant') throw noSuchTenant();
        await services.tenants.delete(viewer, named.id);
        return { tenantId: named.id };
      }),
  }),
);
