import {
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** A field of an operation's own, as its answer will have it. */
export interface SelectedField {
  /** Its name in the answer. */
  readonly key: string;
  readonly node: FieldNode;
  /** Undefined for those of introspection. */
  readonly field: GraphQLField<unknown, unknown> | undefined;
}

/** An operation with its variables as the client sent them. */
export interface SentOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The root fields that an operation selects. `@skip` and `@include` count as far as the variables, which nobody has
 * judged yet, are booleans: of any other value the field counts as selected, until the executor refuses the value.
 */
export function selectedRootFields(sent: SentOperation): readonly SelectedField[] {
  const { schema, operation } = sent;
  const root = schema.getRootType(operation.operation);
  const selected = new Map<string, SelectedField>();
  if (root != null) collect(operation.selectionSet, root, { sent, selected, visited: new Set() });
  return [...selected.values()];
}

interface Collection {
  readonly sent: SentOperation;
  readonly selected: Map<string, SelectedField>;
  readonly visited: Set<string>;
}

function collect(set: SelectionSetNode, root: GraphQLObjectType, collection: Collection): void {
  const { sent, selected, visited } = collection;
  for (const selection of set.selections) {
    if (!isIncluded(selection.directives, sent)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const field = root.getFields()[selection.name.value];
      if (!selected.has(key)) selected.set(key, { key, node: selection, field });
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(selection.selectionSet, root, collection);
    } else if (!visited.has(selection.name.value)) {
      visited.add(selection.name.value);
      const fragment = fragmentOf(sent.document, selection.name.value);
      if (fragment !== undefined) collect(fragment.selectionSet, root, collection);
    }
  }
}

function fragmentOf({ definitions }: DocumentNode, name: string): FragmentDefinitionNode | undefined {
  return definitions.find(
    (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  ) as FragmentDefinitionNode | undefined;
}

function isIncluded(directives: readonly DirectiveNode[] | undefined, sent: SentOperation): boolean {
  return (directives ?? []).every(({ name, arguments: args }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = args?.find((argument) => argument.name.value === 'if')?.value;
    const condition = value?.kind === Kind.VARIABLE ? variableOf(value.name.value, sent) : undefined;
    const holds = value?.kind === Kind.BOOLEAN ? value.value : condition;
    return holds !== (name.value === 'skip');
  });
}

function variableOf(name: string, { operation, variables }: SentOperation): unknown {
  if (Object.hasOwn(variables, name)) return variables[name];
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const fallback = definition?.defaultValue;
  return fallback?.kind === Kind.BOOLEAN ? fallback.value : undefined;
}
