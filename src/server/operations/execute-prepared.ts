import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { preparedOperation } from '../../graphql/execution/prepared-operation.ts';
import { excessiveWork } from '../../graphql/input-work.ts';
import type { Asker } from '../bounds/count-operation.ts';
import { isAllowed, type OperationContext } from './admit-operation.ts';

/**
 * Characters of a request from which on it is counted how often its variables are read. Up to here they are not too
 * much for one field, whatever they are.
 */
const MUCH_TO_READ = 5_000_000;

/**
 * Executes an operation of a usual kind whose caller may do all of it and whose variables are sound. Undefined: nothing
 * was done; whatever is to be refused, and however, is for `admitOperation` and the executor that knows all of GraphQL.
 */
export function executePrepared(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> | undefined {
  const operation = preparedOperation(args);
  const context = args.contextValue as OperationContext & Partial<Asker>;
  if (operation === undefined || context.request?.method === 'GET') return undefined;
  if (!operation.fields.every(({ field }) => isAllowed(context.viewer, field))) return undefined;
  const variables = operation.readVariables(args.variableValues ?? {});
  if (variables === undefined) return undefined;
  const isLittle = operation.readsVariablesOnce && (context.requestSize ?? Infinity) <= MUCH_TO_READ;
  if (!isLittle && excessiveWork(args) !== undefined) return undefined;
  return operation.execute(context, variables);
}
