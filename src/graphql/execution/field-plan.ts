import {
  defaultFieldResolver,
  getArgumentValues,
  isAbstractType,
  isNonNullType,
  Kind,
  TypeNameMetaFieldDef,
  typeFromAST,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { fieldOf } from '../schema-elements.ts';
import { completerOf } from './complete.ts';
import type { FieldPlan, Operation, Place } from './plan.ts';
import type { Variables } from './variable-reader.ts';

/** The fragments of a document by their names. */
export function fragmentsOf({ definitions }: DocumentNode): Operation['fragments'] {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** The fields that these selections together ask of an object of one type. There are no directives in them. */
export function planFields(
  operation: Operation,
  parentType: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): readonly FieldPlan[] {
  const selected = new Map<string, [FieldNode, ...FieldNode[]]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = selected.get(key);
        if (nodes === undefined) selected.set(key, [selection]);
        else nodes.push(selection);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (visited.has(selection.name.value)) continue;
        visited.add(selection.name.value);
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? operation.fragments[selection.name.value] : selection;
      if (fragment !== undefined && applies(operation.schema, fragment, parentType))
        collect(fragment.selectionSet);
    }
  };
  for (const set of sets) collect(set);
  return [...selected].map(([key, nodes]) => {
    const field = fieldOf(operation.schema, parentType, nodes[0].name.value);
    if (field === undefined) throw new TypeError(`${parentType.name} has no ${nodes[0].name.value}.`);
    return planField(operation, key, { nodes, field, parentType });
  });
}

function applies(
  schema: GraphQLSchema,
  { typeCondition }: Partial<Pick<FragmentDefinitionNode, 'typeCondition'>>,
  parentType: GraphQLObjectType,
): boolean {
  if (typeCondition === undefined) return true;
  const type = typeFromAST(schema, typeCondition);
  return type === parentType || (isAbstractType(type) && schema.isSubType(type, parentType));
}

function planField(operation: Operation, key: string, place: Place): FieldPlan {
  const { nodes, field, parentType } = place;
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  return {
    ...place,
    key,
    constant: field === TypeNameMetaFieldDef ? parentType.name : undefined,
    resolve: field.resolve ?? defaultFieldResolver,
    argumentsOf: argumentsReader(field, nodes[0]),
    isNullable: !isNonNullType(field.type),
    complete: completerOf(field.type, {
      ...place,
      planOf: (objectType) => planFields(operation, objectType, sets),
    }),
  };
}

/** What puts a field's arguments together; where there is more to it than variables, GraphQL's own function. */
function argumentsReader(
  field: Place['field'],
  node: FieldNode,
): (variables: Variables) => Record<string, unknown> {
  const anyhow = (variables: Variables) => getArgumentValues(field, node, variables);
  const given = new Map(node.arguments?.map(({ name, value }) => [name.value, value]));
  if ([...given.values()].some(({ kind }) => kind !== Kind.VARIABLE)) return anyhow;
  const args = field.args.map(({ name, type, defaultValue }) => {
    const value = given.get(name);
    const variable = value?.kind === Kind.VARIABLE ? value.name.value : undefined;
    return { name, variable, defaultValue, isRequired: isNonNullType(type) };
  });
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const { name, variable, defaultValue, isRequired } of args) {
      const isGiven = variable !== undefined && Object.hasOwn(variables, variable);
      const value = isGiven ? variables[variable] : defaultValue;
      if (isRequired && value == null) return anyhow(variables);
      if (isGiven || value !== undefined) values[name] = value;
    }
    return values;
  };
}
