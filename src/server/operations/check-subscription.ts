import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DirectiveNode,
  type DocumentNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Throws a GraphQLError when a variable decides whether a subscription has its field: validation, which is to know that
 * it has exactly one, knows no variables, and would say something that nobody understands.
 */
export function checkSubscriptions(document: DocumentNode): void {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (definition.operation !== OperationTypeNode.SUBSCRIPTION) continue;
    checkSelection(definition.selectionSet, document, new Set());
  }
}

function checkSelection(set: SelectionSetNode, document: DocumentNode, visited: Set<string>): void {
  for (const selection of set.selections) {
    const decided = selection.directives?.find(isDecidedLater);
    if (decided !== undefined) throw refusal(decided);
    if (selection.kind === Kind.INLINE_FRAGMENT) checkSelection(selection.selectionSet, document, visited);
    if (selection.kind !== Kind.FRAGMENT_SPREAD || visited.has(selection.name.value)) continue;
    visited.add(selection.name.value);
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
      if (definition.name.value === selection.name.value)
        checkSelection(definition.selectionSet, document, visited);
    }
  }
}

function isDecidedLater({ name, arguments: args }: DirectiveNode): boolean {
  const isCondition = name.value === 'skip' || name.value === 'include';
  return isCondition && args?.some(({ value }) => value.kind === Kind.VARIABLE) === true;
}

function refusal(directive: DirectiveNode): GraphQLError {
  return new GraphQLError('No variable can decide whether a subscription has its field.', {
    nodes: [directive],
    extensions: { code: 'INVALID_INPUT', http: { status: 400 } },
  });
}
