import {
  getNamedType,
  isCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { Picker } from './picker.ts';
import { createSelector, type Greed } from './selections.ts';
import { valueFor, type Oddness } from './values.ts';

/** An operation as a client sends it. */
export interface HostileOperation {
  /** What was meant by it, for whoever has to find out what went wrong. */
  readonly kind: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The same as text, where no program would write it. */
  readonly variablesText?: string;
  readonly operationName?: unknown;
}

/** Every root field of a schema, with the kind of operation that asks for it. */
export function rootFields(
  schema: GraphQLSchema,
): readonly { readonly operation: OperationTypeNode; readonly field: GraphQLField<unknown, unknown> }[] {
  return Object.values(OperationTypeNode).flatMap((operation) =>
    Object.values(schema.getRootType(operation)?.getFields() ?? {}).map((field) => ({
      operation,
      field,
    })),
  );
}

/** Makes valid documents that ask for one root field, with all its arguments in variables. */
export function createOperations(schema: GraphQLSchema, picker: Picker) {
  const { selectionOf } = createSelector(schema, picker);

  function operationOf(
    { operation, field }: ReturnType<typeof rootFields>[number],
    greed: Greed,
    how: Oddness & { readonly rootAliases?: number },
  ): HostileOperation {
    const variables: Record<string, unknown> = {};
    const definitions: string[] = [];
    const args: string[] = [];
    for (const arg of field.args) {
      const value = valueFor(picker, arg.type, how);
      if (value === undefined && !String(arg.type).endsWith('!')) continue;
      variables[arg.name] = value;
      definitions.push(`$${arg.name}:${String(arg.type)}`);
      args.push(`${arg.name}:$${arg.name}`);
    }
    const named = getNamedType(field.type);
    const selection = isCompositeType(named) ? selectionOf(named, greed) : { text: '', fragments: [] };
    const asked = `${field.name}${args.length > 0 ? `(${args.join(' ')})` : ''}${selection.text && `{${selection.text}}`}`;
    const fields = picker.times(how.rootAliases ?? 1, (index) =>
      index === 0 ? asked : `r${index}:${asked}`,
    );
    const head = definitions.length > 0 ? `(${definitions.join(' ')})` : '';
    return {
      kind: `${operation} ${field.name}`,
      query: `${operation}${head}{${fields.join(' ')}} ${selection.fragments.join(' ')}`,
      variables,
    };
  }
  return { operationOf };
}
