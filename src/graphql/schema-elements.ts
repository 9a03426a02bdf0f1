import {
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type ArgumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { pageSize } from './connection.ts';

/** Elements that are counted for a list when nothing says how many there are. */
const LIST_LENGTH = 5;

/** The field of this name, those of introspection included; undefined where there is none. */
export function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (type === schema.getQueryType() && name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (type === schema.getQueryType() && name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

/** Texts of the schema, and lists that its fields make, by what they are taken from. */
const values = new WeakMap<object, Map<string, unknown>>();

/** The value of a field of introspection, deprecated elements included. */
export function introspect(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  element: object | undefined,
): unknown {
  if (field === SchemaMetaFieldDef) return schema;
  if (field === TypeMetaFieldDef) return schema.getType(nameIn(node.arguments) ?? '');
  if (element === undefined || field === TypeNameMetaFieldDef) return field.name;
  const taken = values.get(element) ?? new Map<string, unknown>();
  values.set(element, taken);
  if (!taken.has(field.name)) {
    // The resolvers of introspection look at the schema alone.
    const info = { schema } as GraphQLResolveInfo;
    taken.set(field.name, field.resolve?.(element, { includeDeprecated: true }, undefined, info));
  }
  return taken.get(field.name);
}

/** Whether a field asks for a type whose name is in a variable: it may be any. */
export function asksForAnyType(field: GraphQLField<unknown, unknown>, node: FieldNode): boolean {
  return field === TypeMetaFieldDef && nameIn(node.arguments) === undefined;
}

function nameIn(args: readonly ArgumentNode[] = []): string | undefined {
  const value = args[0]?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** How often a field's selection is answered, as the complexity of operations counts it. */
export function timesOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  parent: GraphQLNamedType,
): number {
  // A connection has been counted as often as its page has nodes.
  if (parent.name.endsWith('Connection')) return 1;
  const option: unknown = field.extensions['complexity'];
  const said: unknown =
    typeof option === 'function' ? (option as (args: object) => unknown)({ first: firstIn(node) }) : option;
  const multiplier: unknown =
    typeof said === 'object' && said !== null ? Reflect.get(said, 'multiplier') : undefined;
  if (typeof multiplier === 'number') return Math.max(multiplier, 1);
  return isList(field.type) ? LIST_LENGTH : 1;
}

function firstIn({ arguments: args = [] }: FieldNode): number | undefined {
  const value = args.find(({ name }) => name.value === 'first')?.value;
  // Its value is not known yet; the complexity of operations, which is judged with the variables, counts it.
  if (value?.kind === Kind.VARIABLE) return pageSize.usual;
  return value?.kind === Kind.INT ? Math.min(Number(value.value), pageSize.most) : undefined;
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

/** The bytes of a value of introspection as JSON. */
export function textLength(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(JSON.stringify(value)) : 5;
}
