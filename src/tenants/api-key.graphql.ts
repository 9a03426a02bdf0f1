import { builder } from '../graphql/builder.ts';
import { RoleRef } from '../graphql/enums.ts';
import { defineResult } from '../graphql/result.ts';
import { NotFoundError } from '../system/expected-error.ts';
import type { IssuedKey } from './api-key.service.ts';
import { keyPrefix } from './api-key.ts';
import { mayDo } from './permissions.ts';
import { requireTenantId } from './viewer-scope.ts';
import type { Role } from './viewer.ts';

builder.prismaNode('ApiKey', {
  description: 'A key to this API, without its secret, which is kept nowhere.',
  authScopes: { may: 'readTenant' },
  nullable: true,
  id: { field: 'id', description: 'The key’s global id.' },
  findUnique: (id, { viewer }) => ({
    id,
    ...(mayDo(viewer.roles, 'actForAnyTenant') ? {} : { tenantId: viewer.tenantId }),
  }),
  fields: (t) => ({
    prefix: t.string({
      description: 'The beginning of its text, to tell it from others.',
      resolve: keyPrefix,
    }),
    roles: t.field({
      type: [RoleRef],
      description: 'What its holder may do.',
      resolve: ({ roles }) => roles as Role[],
    }),
    label: t.exposeString('label', { nullable: true, description: 'What it is for.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was issued.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, known within some seconds.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From when on it is refused; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null: it was not.',
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      description: 'The holder’s quota of calls to this API; null: none.',
    }),
    tokensPerMinute: t.exposeInt('tokensPerMinute', {
      nullable: true,
      description: 'The holder’s quota of tokens; null: none.',
    }),
  }),
});

const IssueApiKeyInput = builder.inputType('IssueApiKeyInput', {
  description: 'A key to issue.',
  fields: (t) => ({
    tenantId: t.globalID({ description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.' }),
    roles: t.field({
      type: [RoleRef],
      required: true,
      description: 'At least one. Only an ADMIN may give ADMIN.',
    }),
    label: t.string({ description: 'What it is for, at most 200 characters.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'From when on it is refused; absent: never.' }),
    requestsPerMinute: t.int({ description: 'The holder’s quota of calls to this API; absent: none.' }),
    tokensPerMinute: t.int({ description: 'The holder’s quota of tokens; absent: none.' }),
  }),
});

const IssueApiKeyPayload = builder.objectRef<IssuedKey>('IssueApiKeyPayload').implement({
  description: 'The key works from now on.',
  fields: (t) => ({
    apiKey: t.prismaField({
      type: 'ApiKey',
      description: 'The key, without its secret.',
      resolve: (query, { id }, _, { services }) =>
        services.database.prisma.apiKey.findUniqueOrThrow({ ...query, where: { id } }),
    }),
    secret: t.exposeString('text', {
      description: 'The whole text of the key, to be sent as `Authorization: Bearer …`. Shown this once.',
    }),
  }),
});

const IssueApiKeyResult = defineResult(
  'IssueApiKeyResult',
  'What came of issuing a key.',
  IssueApiKeyPayload,
  ['Unavailable', 'InvalidInput', 'NotFound'],
);

builder.mutationField('issueApiKey', (t) =>
  t.field({
    type: IssueApiKeyResult.type,
    description: 'Issues a key, and shows its secret this once.',
    authScopes: { may: 'manageKeys' },
    args: { input: t.arg({ type: IssueApiKeyInput, required: true, description: 'The new key.' }) },
    resolve: (_, { input }, { viewer, services }) =>
      IssueApiKeyResult.resolve(() =>
        services.apiKeys.issue(viewer, requireTenantId(viewer, input.tenantId), {
          roles: input.roles,
          label: input.label ?? null,
          expiresAt: input.expiresAt?.getTime() ?? null,
          requestsPerMinute: input.requestsPerMinute ?? null,
          tokensPerMinute: input.tokensPerMinute ?? null,
        }),
      ),
  }),
);

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'A key to revoke.',
  fields: (t) => ({ id: t.globalID({ required: true, description: 'Which one.' }) }),
});

const RevokeApiKeyPayload = builder.objectRef<{ readonly id: string }>('RevokeApiKeyPayload').implement({
  description: 'The key is refused from now on.',
  fields: (t) => ({
    apiKey: t.prismaField({
      type: 'ApiKey',
      description: 'The key, revoked.',
      resolve: (query, { id }, _, { services }) =>
        services.database.prisma.apiKey.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

const RevokeApiKeyResult = defineResult(
  'RevokeApiKeyResult',
  'What came of revoking a key.',
  RevokeApiKeyPayload,
  ['NotFound', 'Unavailable'],
);

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyResult.type,
    description: 'Revokes a key for good.',
    authScopes: { may: 'manageKeys' },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which key.' }) },
    resolve: (_, { input: { id: named } }, { viewer, services }) =>
      RevokeApiKeyResult.resolve(async () => {
        if (named.typename !== 'ApiKey') throw new NotFoundError('There is no such API key.');
        await services.apiKeys.revoke(viewer, named.id);
        return { id: named.id };
      }),
  }),
);
