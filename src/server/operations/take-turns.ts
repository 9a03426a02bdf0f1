import { getOperationAST, OperationTypeNode, type ExecutionArgs, type GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { Timers } from '../../system/timers.ts';
import type { Bounds } from '../bounds/bounds.ts';

/** What turns are taken by. */
export interface TurnRules {
  readonly bounds: Pick<Bounds, 'queries'>;
  readonly timers: Timers;
}

/**
 * Has a tenant's queries executed in turn, a few at once, whatever they come by. Mutations and subscriptions begin as
 * they come: nothing that has models called waits for what is read.
 */
export function takeTurns({ bounds, timers }: TurnRules, toError: (error: unknown) => GraphQLError): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, operationName, contextValue } = args as ExecutionArgs;
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return;
      const { viewer, signal } = contextValue as RequestContext;
      setExecuteFn(async (args): Promise<unknown> => {
        const query = async (): Promise<unknown> => executeFn(args);
        try {
          return await bounds.queries.run(viewer.tenantId, query, { signal, timers });
        } catch (error) {
          // Nobody is there any more to be told, and nothing is wrong.
          if (signal.aborted) return { data: null };
          return { errors: [toError(error)] };
        }
      });
    },
  };
}
