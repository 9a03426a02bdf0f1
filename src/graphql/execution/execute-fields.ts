import type { GraphQLResolveInfo } from 'graphql';
import { fieldError, isPromise, orFieldError } from './field-error.ts';
import type { FieldPlan, Path, Run } from './plan.ts';

type Answer = Record<string, unknown>;

/** The answer to an object's fields, all at the same time; a promise where one of them takes its time. */
export function executeFields(
  run: Run,
  plans: readonly FieldPlan[],
  source: unknown,
  path: Path | undefined,
): Answer | Promise<Answer> {
  const answer: Answer = {};
  const waiting: PromiseLike<unknown>[] = [];
  try {
    for (const plan of plans) {
      const value = executeField(run, plan, source, path);
      answer[plan.key] = value;
      if (isPromise(value)) waiting.push(value.then((later) => void (answer[plan.key] = later)));
    }
  } catch (error) {
    if (waiting.length === 0) throw error;
    const rethrow = (): never => {
      throw error;
    };
    return Promise.all(waiting).then(rethrow, rethrow);
  }
  return waiting.length === 0 ? answer : Promise.all(waiting).then(() => answer);
}

/** The answer to the fields of a mutation: each begins when the one before has ended. */
export async function executeInOrder(run: Run, plans: readonly FieldPlan[]): Promise<Answer> {
  const answer: Answer = {};
  for (const plan of plans) answer[plan.key] = await executeField(run, plan, undefined, undefined);
  return answer;
}

function executeField(run: Run, plan: FieldPlan, source: unknown, prev: Path | undefined): unknown {
  if (plan.constant !== undefined) return plan.constant;
  const path = { prev, key: plan.key, typename: plan.parentType.name };
  const info = infoOf(run, plan, path);
  const place = { run, nodes: plan.nodes, path, isNullable: plan.isNullable };
  let value: unknown;
  try {
    value = plan.resolve(source, plan.argumentsOf(run.variables), run.context, info);
  } catch (error) {
    return fieldError(place, error);
  }
  return orFieldError(place, value, (value) => plan.complete(run, value, path, info));
}

function infoOf({ operation, variables }: Run, plan: FieldPlan, path: Path): GraphQLResolveInfo {
  return {
    fieldName: plan.field.name,
    fieldNodes: plan.nodes,
    returnType: plan.field.type,
    parentType: plan.parentType,
    path,
    schema: operation.schema,
    fragments: operation.fragments,
    rootValue: undefined,
    operation: operation.operation,
    variableValues: variables,
  };
}
