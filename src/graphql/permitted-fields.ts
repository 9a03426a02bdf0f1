import { isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { permissions, type Permission } from '../tenants/permissions.ts';

/** A field, or a whole type, that not everybody is answered who may ask for what it belongs to. */
export interface GuardedField {
  readonly name: string;
  readonly permission: Permission;
  /** What others are answered. */
  readonly otherwise: 'FORBIDDEN' | 'less';
}

/** The root fields that need each permission, and what is guarded below them. */
export interface PermittedFields extends ReadonlyMap<Permission, readonly string[]> {
  readonly guarded: readonly GuardedField[];
}

/** What of a schema needs which permission, as the `authScopes` of its fields and types say. */
export function permittedFields(schema: GraphQLSchema): PermittedFields {
  const fields = rootFields(schema);
  const names = Object.keys(permissions) as Permission[];
  const byPermission = new Map(
    names.map((permission) => [
      permission,
      fields.filter(({ field }) => permissionOf(field) === permission).map(({ name }) => name),
    ]),
  );
  return Object.assign(byPermission, { guarded: guardedFields(schema) });
}

/** Throws when a root field names no permission: nothing is served of which nobody has said whose it is. */
export function requirePermissions(schema: GraphQLSchema): GraphQLSchema {
  const open = rootFields(schema).filter(({ field }) => permissionOf(field) === undefined);
  if (open.length === 0) return schema;
  const names = open.map(({ name }) => name).join(', ');
  throw new TypeError(`These fields name no permission (authScopes: { may: … }): ${names}.`);
}

/** What a field or type needs; undefined: any key will do. Pothos keeps the options that each was defined with. */
export function permissionOf({
  extensions,
}: Pick<GraphQLField<unknown, unknown>, 'extensions'>): Permission | undefined {
  const options = extensions['pothosOptions'] as
    { readonly authScopes?: { readonly may?: Permission } } | undefined;
  return options?.authScopes?.may;
}

function rootTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (type) => type != null,
  );
}

/** Every root field, as `Query.viewer`. */
export function rootFields(schema: GraphQLSchema) {
  return rootTypes(schema).flatMap((root) =>
    Object.values(root.getFields()).map((field) => ({ name: `${root.name}.${field.name}`, field })),
  );
}

function guardedFields(schema: GraphQLSchema): readonly GuardedField[] {
  const roots = rootTypes(schema);
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !roots.includes(type))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((type) => [
      ...guardOf(type.name, permissionOf(type), 'FORBIDDEN'),
      ...Object.values(type.getFields()).flatMap((field) => {
        const name = `${type.name}.${field.name}`;
        const shownTo = field.extensions['shownTo'] as Permission | undefined;
        return [...guardOf(name, permissionOf(field), 'FORBIDDEN'), ...guardOf(name, shownTo, 'less')];
      }),
    ]);
}

function guardOf(
  name: string,
  permission: Permission | undefined,
  otherwise: GuardedField['otherwise'],
): GuardedField[] {
  return permission === undefined ? [] : [{ name, permission, otherwise }];
}
