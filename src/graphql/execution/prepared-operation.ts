import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  getOperationAST,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import { operationLimits } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { markAffordable } from './affordable.ts';
import { executeFields, executeInOrder } from './execute-fields.ts';
import { isPromise } from './field-error.ts';
import { fragmentsOf, planFields } from './field-plan.ts';
import { isPlain } from './plain.ts';
import type { FieldPlan, Operation, Run } from './plan.ts';
import { variablesReader, type ReadVariables, type Variables } from './variable-reader.ts';

/** An operation that has been looked at once, and can be executed many times. */
export interface PreparedOperation {
  /** Its root fields. */
  readonly fields: readonly FieldPlan[];
  /** Whether no variable is read by more than one field. */
  readonly readsVariablesOnce: boolean;
  readonly readVariables: ReadVariables;
  /** Executes it for a caller who may have it executed. Rejects and throws never. */
  execute(context: RequestContext, variables: Variables): ExecutionResult | Promise<ExecutionResult>;
}

/** Operations by their definitions; null: one that is not for plans. */
const prepared = new WeakMap<OperationDefinitionNode, PreparedOperation | null>();

/** Fields of an operation's answer from which on a plan would take more memory than it is worth. */
const MANY_FIELDS = 150;

/** The plan of an operation whose document is valid; undefined: it is for an executor that knows all of GraphQL. */
export function preparedOperation(args: ExecutionArgs): PreparedOperation | undefined {
  const { document, operationName, schema } = args;
  const operation = getOperationAST(document, operationName);
  if (operation == null || args.rootValue !== undefined) return undefined;
  let plan = prepared.get(operation);
  if (plan === undefined) {
    plan = prepare({ schema, operation, fragments: fragmentsOf(document) }, document) ?? null;
    prepared.set(operation, plan);
  }
  return plan ?? undefined;
}

function prepare(operation: Operation, document: DocumentNode): PreparedOperation | undefined {
  const { schema, operation: definition } = operation;
  const root = schema.getRootType(definition.operation);
  const readVariables = isPlain(operation) ? variablesReader(schema, definition) : undefined;
  if (root == null || readVariables === undefined) return undefined;
  const cost = costOf(operation);
  if (cost.breadth > MANY_FIELDS || cost.depth > operationLimits.depth) return undefined;
  if (cost.complexity > operationLimits.complexity) return undefined;
  const fields = planFields(operation, root, [definition.selectionSet]);
  return {
    fields,
    readsVariablesOnce: readsVariablesOnce(document),
    readVariables,
    execute(context, variables) {
      markAffordable(context);
      const run: Run = { operation, context, variables, errors: [] };
      return respond(run, () =>
        fields.length > 1 ? executeInOrder(run, fields) : executeFields(run, fields, undefined, undefined),
      );
    },
  };
}

/** What Pothos counts for an operation, as it counts it. */
function costOf({ schema, operation, fragments }: Operation) {
  const definitions = [{ ...operation, variableDefinitions: [] }, ...Object.values(fragments)];
  return complexityFromQuery({ kind: Kind.DOCUMENT, definitions }, { schema });
}

function readsVariablesOnce(document: DocumentNode): boolean {
  const names: string[] = [];
  visit(document, {
    Argument(argument) {
      visit(argument, { Variable: ({ name }) => void names.push(name.value) });
    },
  });
  return new Set(names).size === names.length;
}

function respond(
  { errors }: Run,
  execute: () => Record<string, unknown> | Promise<Record<string, unknown>>,
): ExecutionResult | Promise<ExecutionResult> {
  const answer = (data: Record<string, unknown> | null): ExecutionResult =>
    errors.length === 0 ? { data } : { errors, data };
  const fail = (error: unknown): ExecutionResult => {
    errors.push(error as GraphQLError);
    return answer(null);
  };
  try {
    const data = execute();
    return isPromise(data) ? data.then(answer, fail) : answer(data);
  } catch (error) {
    return fail(error);
  }
}
