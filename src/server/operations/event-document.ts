import { Kind, visit, type DocumentNode, type TypeNode, type VariableDefinitionNode } from 'graphql';

/** A subscription's document as it is executed on events. */
export interface EventDocument {
  readonly document: DocumentNode;
  /** The variables that are used otherwise than as an argument of an operation's own fields. */
  readonly used: ReadonlySet<string>;
  /** These values of variables as far as events are answered by them. */
  readonly valuesOf: (given: Given) => Record<string, unknown>;
}

type Given = Readonly<Record<string, unknown>> | null | undefined;

/** Takes no time to coerce; no value is looked at twice. */
const trivial: TypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'Boolean' } };

/**
 * A document whose variables that only choose the events, as arguments of an operation's own fields, are there and no
 * more. graphql-js coerces all variables again for each event: a long conversation for every token of its answer. They
 * have been coerced when the subscription began, and its fields resolve from the event alone.
 */
export function eventDocumentOf(document: DocumentNode): EventDocument {
  const used = usedVariables(document);
  /** Whether there is a value where none is given. */
  const inputs = new Map<string, boolean>();
  const thin = (definition: VariableDefinitionNode): VariableDefinitionNode => {
    const { variable, defaultValue, ...rest } = definition;
    if (used.has(variable.name.value)) return definition;
    inputs.set(variable.name.value, defaultValue !== undefined);
    return { ...rest, variable, type: trivial };
  };
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.variableDefinitions !== undefined
      ? { ...definition, variableDefinitions: definition.variableDefinitions.map(thin) }
      : definition,
  );
  return {
    document: { ...document, definitions },
    used,
    valuesOf(given) {
      const values: Record<string, unknown> = { ...given };
      for (const [name, hasDefault] of inputs) {
        const value = values[name];
        if (value === undefined ? hasDefault : value !== null) values[name] = true;
      }
      return values;
    },
  };
}

function usedVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const within = {
    Variable: ({ name }: { readonly name: { readonly value: string } }) => void names.add(name.value),
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      for (const directive of definition.directives ?? []) visit(directive, within);
      for (const selection of definition.selectionSet.selections) {
        visit(selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection, within);
      }
    } else visit(definition, within);
  }
  return names;
}
