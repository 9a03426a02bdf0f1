import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin, { AuthScopeFailureType, type AuthFailure } from '@pothos/plugin-scope-auth';
import { getDatamodel } from '../storage/generated/pothos.ts';
import type PrismaTypes from '../storage/generated/pothos.ts';
import { ForbiddenError } from '../system/expected-error.ts';
import type { JsonValue } from '../system/json.ts';
import { mayDo, missingRole, type Permission } from '../tenants/permissions.ts';
import type { Role } from '../tenants/viewer.ts';
import { isAffordable } from './execution/affordable.ts';
import type { RequestContext } from './context.ts';
import { decodeGlobalId, isNodeType } from './global-id.ts';

/** What one operation may ask for; far above any sensible one, far below what hurts. */
export const operationLimits = { complexity: 150_000, depth: 16, breadth: 400 } as const;

/** What the holder of these roles is told whom a field's scopes have refused. */
function describeFailure(roles: readonly Role[], failure: AuthFailure): string {
  switch (failure.kind) {
    case AuthScopeFailureType.AuthScope:
      return missingRole(roles, failure.parameter as Permission);
    case AuthScopeFailureType.AnyAuthScopes:
    case AuthScopeFailureType.AllAuthScopes:
      return failure.failures.map((each) => describeFailure(roles, each)).join(' ');
    default:
      return 'Your API key has no role that allows this.';
  }
}

/**
 * Collects the schema: every `*.graphql.ts` adds its types and root fields to it, `schema.ts` builds it.
 * A root field names the permission it needs with `authScopes: { may: '…' }`.
 */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: RequestContext;
  AuthScopes: { may: Permission };
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string | number };
    /** Milliseconds since the epoch, or a Date, going out. */
    DateTime: { Input: Date; Output: Date | number };
    JSON: { Input: JsonValue; Output: unknown };
    SafeInt: { Input: number; Output: number | bigint };
  };
}>({
  // Order matters: a field's scope is examined before its complexity is spent on anything.
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { viewer }, _info, { failure }) =>
      new ForbiddenError(describeFailure(viewer.roles, failure)),
    authScopes: ({ viewer }) => ({ may: (permission) => mayDo(viewer.roles, permission) }),
  },
  prisma: {
    client: ({ viewer, services }) => services.database.reads.of(viewer.tenantId),
    dmmf: getDatamodel(),
    exposeDescriptions: false,
  },
  relay: {
    decodeGlobalID: decodeGlobalId,
    nodeTypeOptions: { description: 'Anything that has an id of its own and can be fetched again by it.' },
    nodeQueryOptions: {
      description: 'Whatever has this id and is the caller’s to see; null otherwise.',
      authScopes: { may: 'useApi' },
      args: { id: { description: 'The id of any Node.' } },
      resolve: (...[, { id }, , { schema }, load]) => (isNodeType(schema, id.typename) ? load(id) : null),
    },
    nodesQueryOptions: false,
    idFieldOptions: { description: 'Its global id.' },
    hasNextPageFieldOptions: { description: 'Whether more follows.' },
    hasPreviousPageFieldOptions: { description: 'Whether something comes before.' },
    startCursorFieldOptions: { description: 'The place of its first element; null when it is empty.' },
    endCursorFieldOptions: {
      description: 'The place of its last element: where the next page begins after.',
    },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
  },
  complexity: {
    limit: (context) => (isAffordable(context) ? {} : operationLimits),
    defaultComplexity: 1,
    defaultListMultiplier: 5,
  },
});

/** The builder's own types, which a reference to any of its objects carries. */
export type SchemaTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be done.' });
builder.subscriptionType({ description: 'What can be followed as it happens.' });
