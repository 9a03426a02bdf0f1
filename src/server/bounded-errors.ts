import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { showText } from '../system/input/printable.ts';

/** What the errors of one answer may take: how many there are, and how many characters each message has. */
export const errorLimits = { errors: 20, characters: 500 } as const;

/** Has an execution find few faults in variables: each quotes the whole variable, and takes as long as that is big. */
export const executionOptions = { maxCoercionErrors: 5 } as const;

function boundError(error: GraphQLError): GraphQLError {
  const message = showText(error.message, errorLimits.characters);
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
  onResultProcess({ result, setResult }) {
    if (!('errors' in result) || result.errors === undefined) return;
    setResult({ ...result, errors: [...boundErrors(result.errors)] });
  },
};
