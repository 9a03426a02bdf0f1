import { getOperationAST, getVariableValues, GraphQLError, type ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What the errors of one answer may take: how many there are, and how many characters each message has. */
export const errorLimits = { errors: 20, characters: 500 } as const;

/** Has an execution find few faults in variables: each quotes the whole variable, and takes as long as that is big. */
export const executionOptions = { maxCoercionErrors: 5 } as const;

/** What cannot be shown anywhere on one line: control characters, halves of surrogate pairs, separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A message as it may be shown: cut where it is too long, and without what cannot be printed. */
function boundMessage(message: string): string {
  const { characters } = errorLimits;
  const short = message.length > characters ? `${message.slice(0, characters - 1)}…` : message;
  return short.replaceAll(UNPRINTABLE, '\uFFFD');
}

function boundError(error: GraphQLError): GraphQLError {
  const message = boundMessage(error.message);
  if (message === error.message) return error;
  const { nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions,
  });
}

/** The errors that an answer has room for, each cut to its length; where there are more, the last one says how many were left out. */
export function boundErrors(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  if (errors.length <= errorLimits.errors) return errors.map(boundError);
  const shown = errors.slice(0, errorLimits.errors - 1).map(boundError);
  const more = new GraphQLError(
    `There are ${errors.length - shown.length} more errors, which are not shown.`,
    {
      extensions: { code: shown[0]?.extensions['code'] },
    },
  );
  return [...shown, more];
}

/** Bounds the errors of answers over HTTP; those of streams are bounded where streams are made. */
export const limitErrors: Plugin = {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args): unknown => {
      const errors = isLong(args.variableValues) ? faultsOf(args) : undefined;
      return errors === undefined ? executeFn(args) : { errors };
    });
  },
  onResultProcess({ result, setResult }) {
    if (!('errors' in result) || result.errors === undefined) return;
    setResult({ ...result, errors: [...boundErrors(result.errors)] });
  },
};

/** Characters and values of variables from which on their faults are looked for with care. */
const LONG = 50_000;

/** Whether variables are so long that to quote them fifty times, as the executor does, would take noticeable time. */
function isLong(variables: unknown): boolean {
  const waiting = [variables];
  let left = LONG;
  while (left > 0 && waiting.length > 0) {
    const value = waiting.pop();
    left -= typeof value === 'string' ? value.length : 1;
    if (typeof value !== 'object' || value === null) continue;
    for (const part of Object.values(value)) waiting.push(part);
  }
  return left <= 0;
}

/** The first faults of the variables; undefined when there are none. */
function faultsOf({ schema, document, operationName, variableValues }: ExecutionArgs) {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const { maxCoercionErrors: maxErrors } = executionOptions;
  return getVariableValues(schema, definitions, variableValues ?? {}, { maxErrors }).errors;
}
