import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Bounds } from './bounds.ts';
import { countOperation, countRefused, type Asker } from './count-operation.ts';

/** Counts what callers ask for beside routed calls, over every transport; subscriptions are counted where they start. */
export function limitRates(bounds: Pick<Bounds, 'rates'>, toError: (error: unknown) => GraphQLError): Plugin {
  function refuse(context: unknown): void {
    try {
      countRefused(bounds, context as Asker);
    } catch (error) {
      throw toError(error);
    }
  }

  return {
    onParse:
      ({ context }) =>
      ({ result }) => {
        if (result instanceof Error) refuse(context);
      },
    onValidate:
      ({ context }) =>
      ({ valid }) => {
        if (!valid) refuse(context);
      },
    onExecute({ args, setExecuteFn }) {
      try {
        countOperation(bounds, args);
      } catch (error) {
        setExecuteFn(() => ({ errors: [toError(error)] }));
      }
    },
  };
}
