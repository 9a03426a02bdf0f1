import {
  defaultTypeResolver,
  GraphQLError,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import { executeFields } from './execute-fields.ts';
import { isPromise, orFieldError } from './field-error.ts';
import type { Complete, FieldPlan, Operation, Path, Place, Run } from './plan.ts';

/** A place, and what is asked there of objects of a type. */
export interface Asked extends Place {
  readonly planOf: (type: GraphQLObjectType) => readonly FieldPlan[];
}

/** What completes values of a type ("Value Completion" of the GraphQL specification). */
export function completerOf(type: GraphQLOutputType, asked: Asked): Complete {
  if (isNonNullType(type)) {
    const complete = completerOf(type.ofType, asked);
    return (run, value, path, info) => {
      const completed = complete(run, value, path, info);
      if (completed !== null) return completed;
      throw new Error(`Cannot return null for non-nullable field ${nameOf(asked)}.`);
    };
  }
  const complete = isListType(type)
    ? listCompleter(type.ofType, asked)
    : isLeafType(type)
      ? leafCompleter(type)
      : objectCompleter(type, asked);
  return (run, value, path, info) => {
    if (value instanceof Error) throw value;
    return value == null ? null : complete(run, value, path, info);
  };
}

const nameOf = ({ parentType, field }: Place): string => `${parentType.name}.${field.name}`;

function leafCompleter(type: GraphQLLeafType): Complete {
  return (_run, value) => {
    let serialized: unknown;
    try {
      serialized = type.serialize(value);
    } catch (error) {
      // A fault of ours: what a GraphQLError says is told to clients.
      throw error instanceof GraphQLError ? new Error(error.message, { cause: error }) : error;
    }
    if (serialized == null) throw new Error(`${type.name} makes nothing of a value of this kind.`);
    return serialized;
  };
}

function listCompleter(itemType: GraphQLOutputType, asked: Asked): Complete {
  const completeItem = completerOf(itemType, asked);
  const isNullable = !isNonNullType(itemType);
  return (run, list, path, info) => {
    if (typeof list !== 'object' || !(Symbol.iterator in (list as object)))
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(asked)}".`);
    const answers: unknown[] = [];
    let isWaiting = false;
    try {
      for (const item of list as Iterable<unknown>) {
        const itemPath = { prev: path, key: answers.length, typename: undefined };
        const place = { run, nodes: asked.nodes, path: itemPath, isNullable };
        const answer = orFieldError(place, item, (value) => completeItem(run, value, itemPath, info));
        isWaiting ||= isPromise(answer);
        answers.push(answer);
      }
    } catch (error) {
      // Nobody will ask what became of the others: the list is null for the first fault.
      if (isWaiting) void Promise.allSettled(answers);
      throw error;
    }
    return isWaiting ? Promise.all(answers) : answers;
  };
}

function objectCompleter(type: GraphQLOutputType, asked: Asked): Complete {
  const plans = new Map<GraphQLObjectType, readonly FieldPlan[]>();
  const complete = (run: Run, objectType: GraphQLObjectType, value: unknown, path: Path): unknown => {
    let plan = plans.get(objectType);
    if (plan === undefined) plans.set(objectType, (plan = asked.planOf(objectType)));
    return executeFields(run, plan, value, path);
  };
  if (isObjectType(type)) return (run, value, path) => complete(run, type, value, path);
  if (!isAbstractType(type)) throw new TypeError(`${String(type)} is no type of answers.`);
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (run, value, path, info) => {
    const name = resolveType(value, run.context, info, type);
    const typeOf = (name: unknown) => objectTypeOf(run.operation, type, name, asked);
    return isPromise(name)
      ? name.then((later) => complete(run, typeOf(later), value, path))
      : complete(run, typeOf(name), value, path);
  };
}

/** The type that an abstract one was resolved to. Throws when it is none of those that it may be, in GraphQL's own words. */
function objectTypeOf({ schema }: Operation, type: GraphQLAbstractType, name: unknown, asked: Place) {
  const resolved = typeof name === 'string' ? schema.getType(name) : undefined;
  if (isObjectType(resolved) && schema.isSubType(type, resolved)) return resolved;
  const options = { nodes: asked.nodes };
  if (isObjectType(resolved)) {
    const fault = `Runtime Object type "${resolved.name}" is not a possible type for "${type.name}".`;
    throw new GraphQLError(fault, options);
  }
  if (typeof name === 'string') {
    const fault = `resolved to a ${resolved == null ? `type "${name}" that does not exist inside the schema` : `non-object type "${name}"`}`;
    throw new GraphQLError(`Abstract type "${type.name}" was ${fault}.`, options);
  }
  throw new GraphQLError(
    `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${nameOf(asked)}". Either the ` +
      `"${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
    options,
  );
}
