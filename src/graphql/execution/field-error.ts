import { locatedError, responsePathAsArray, type FieldNode } from 'graphql';
import type { Path, Run } from './plan.ts';

/** Where an error is caught. */
export interface ErrorPlace {
  readonly run: Run;
  readonly nodes: readonly FieldNode[];
  readonly path: Path;
  /** Whether null may stand here; otherwise the error goes on to what is above. */
  readonly isNullable: boolean;
}

/** Whether a value is still to come: whatever has a `then`, as what Prisma gives has. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value != null && typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}

/** What a value is completed to, now or when it has come; null where that fails and null may stand there. */
export function orFieldError(
  place: ErrorPlace,
  value: unknown,
  complete: (value: unknown) => unknown,
): unknown {
  try {
    const completed = isPromise(value) ? value.then(complete) : complete(value);
    if (!isPromise(completed)) return completed;
    return completed.then(undefined, (error: unknown) => fieldError(place, error));
  } catch (error) {
    return fieldError(place, error);
  }
}

/**
 * Notes an error where null may stand for the value, which it returns; throws it, with its place, anywhere else
 * ("Handling Execution Errors" of the GraphQL specification).
 */
export function fieldError({ run, nodes, path, isNullable }: ErrorPlace, thrown: unknown): null {
  for (const each of thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown]) {
    const error = locatedError(each, nodes, responsePathAsArray(path));
    if (!isNullable) throw error;
    run.errors.push(error);
  }
  return null;
}
