import type { GraphQLSchema } from 'graphql';
import { permissions, type Permission } from '../tenants/permissions.ts';

/** The root fields that need each permission, as their `authScopes` say. */
export function permittedFields(schema: GraphQLSchema): ReadonlyMap<Permission, readonly string[]> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map(({ name, extensions }) => ({
      permission: permissionOf(extensions),
      name: `${root?.name ?? ''}.${name}`,
    })),
  );
  const names = Object.keys(permissions) as Permission[];
  return new Map(
    names.map((permission) => [
      permission,
      fields.filter((field) => field.permission === permission).map(({ name }) => name),
    ]),
  );
}

/** Pothos keeps the options that a field was defined with. */
function permissionOf(extensions: Readonly<Record<string, unknown>>): string | undefined {
  const options = extensions['pothosOptions'] as
    { readonly authScopes?: { readonly may?: string } } | undefined;
  return options?.authScopes?.may;
}
