import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fieldOf } from '../schema-elements.ts';
import type { Operation } from './plan.ts';

interface Look extends Operation {
  /** Fragments that have been looked at. */
  readonly visited: Set<string>;
}

/**
 * Whether an operation, whose document is valid, is of a kind that plans are made for: a mutation without directives, of
 * the same complexity whatever its variables are, and with no lists but parts of what was just done. Lists of rows may be
 * long, and queries take turns: both are for an executor that is made to wait.
 */
export function isPlain(operation: Operation): boolean {
  const { operation: definition, schema } = operation;
  const root = schema.getRootType(definition.operation);
  if (root == null || definition.operation !== OperationTypeNode.MUTATION) return false;
  if ([definition, ...(definition.variableDefinitions ?? [])].some(hasDirectives)) return false;
  return isPlainSet(definition.selectionSet, root, { ...operation, visited: new Set() });
}

function hasDirectives({ directives }: Pick<SelectionNode, 'directives'>): boolean {
  return directives !== undefined && directives.length > 0;
}

function isPlainSet(set: SelectionSetNode, type: GraphQLNamedType | undefined, look: Look): boolean {
  return type !== undefined && set.selections.every((selection) => isPlainSelection(selection, type, look));
}

function isPlainSelection(selection: SelectionNode, parent: GraphQLNamedType, look: Look): boolean {
  if (hasDirectives(selection)) return false;
  if (selection.kind === Kind.FIELD) return isPlainField(selection, parent, look);
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    const condition = selection.typeCondition?.name.value;
    const type = condition === undefined ? parent : look.schema.getType(condition);
    return isPlainSet(selection.selectionSet, type, look);
  }
  const name = selection.name.value;
  if (look.visited.has(name)) return true;
  look.visited.add(name);
  const fragment = look.fragments[name];
  if (fragment === undefined || hasDirectives(fragment)) return false;
  return isPlainSet(fragment.selectionSet, look.schema.getType(fragment.typeCondition.name.value), look);
}

function isPlainField(
  { name, alias, selectionSet }: FieldNode,
  parent: GraphQLNamedType,
  look: Look,
): boolean {
  const field = fieldOf(look.schema, parent, name.value);
  if (field === undefined || mayBeLong(field.type)) return false;
  if (typeof field.extensions['complexity'] === 'function') return false;
  // In a plain object, which answers are, it is no name as others.
  if (alias?.value === '__proto__') return false;
  const type = getNamedType(field.type);
  if (selectionSet === undefined) return true;
  return !decidesByValue(type, look) && isPlainSet(selectionSet, type, look);
}

function mayBeLong(type: GraphQLOutputType): boolean {
  const list = getNullableType(type);
  const item = getNamedType(list);
  if (!isListType(list) || !isCompositeType(item)) return false;
  const isRow = isObjectType(item) && item.getInterfaces().some(({ name }) => name === 'Node');
  return isRow || isInterfaceType(item) || item.name.endsWith('Edge');
}

/** Whether one of the types that a value may be of looks at it before it is taken for one. */
function decidesByValue(type: GraphQLNamedType, { schema }: Look): boolean {
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return types.some((each) => isObjectType(each) && each.isTypeOf != null);
}
