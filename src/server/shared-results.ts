import {
  execute,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { RequestContext } from '../graphql/context.ts';
import type { Timers } from '../system/timers.ts';
import { boundAnswer } from './bounds/bounded-answers.ts';
import { boundErrors } from './bounded-errors.ts';

/** The arguments of a subscription, as every transport has them. */
export type SubscriptionArgs = Omit<ExecutionArgs, 'contextValue'> & {
  readonly contextValue: RequestContext;
};

/** What one subscription answers to an event. */
export type ToResult = (event: unknown) => ExecutionResult | Promise<ExecutionResult>;

/** Executes subscriptions on their events; see `createSharedResults`. */
export interface SharedResults extends Disposable {
  /** What a subscription answers to each of its events. */
  resultsOf(args: SubscriptionArgs): ToResult;
}

/** For how long a result may be given to others: what it holds besides the event is as old at most. */
export const SHARED_MS = 1_000;

/** Executions of one subscription with one context: resolvers keep things by it, which must not pile up. */
const EXECUTIONS_PER_CONTEXT = 64;

/**
 * Executes subscriptions on their events, once for all subscribers to whom the result is the same: those of one tenant,
 * with the same roles, who sent the same text with the same variables, and ask at about the same time. Variables that
 * are only arguments of the root field choose the events, and are no part of what is answered: resolvers of
 * subscriptions resolve from the event alone.
 */
export function createSharedResults(
  toClientError: (error: GraphQLError) => GraphQLError,
  timers: Timers,
): SharedResults {
  const readDocument = createDocumentReader();
  // What one subscriber's leaving must not take from the others.
  const { signal } = new AbortController();
  let results: WeakMap<object, Map<string, ExecutionResult | Promise<ExecutionResult>>> = new WeakMap();
  let forgetting: Disposable | undefined;

  function forget(): void {
    forgetting?.[Symbol.dispose]();
    forgetting = undefined;
    results = new WeakMap();
  }

  function knownOf(event: object): Map<string, ExecutionResult | Promise<ExecutionResult>> {
    let known = results.get(event);
    if (known === undefined) results.set(event, (known = new Map<string, ExecutionResult>()));
    forgetting ??= timers.after(SHARED_MS, forget);
    return known;
  }

  function masked(result: ExecutionResult, { document, operationName }: SubscriptionArgs): ExecutionResult {
    const { errors, ...rest } = boundAnswer(result, document, operationName);
    return errors === undefined ? rest : { ...rest, errors: boundErrors(errors.map(toClientError)) };
  }

  return {
    resultsOf(args) {
      const key = keyOf(args, readDocument(args.document));
      let executions = 0;
      let contextValue = { ...args.contextValue, signal };
      const run = (event: unknown) => {
        if ((executions += 1) % EXECUTIONS_PER_CONTEXT === 0) contextValue = { ...contextValue };
        const result = execute({ ...args, rootValue: event, contextValue });
        return result instanceof Promise ? result.then((each) => masked(each, args)) : masked(result, args);
      };
      return (event) => {
        // What is no object cannot be told from another's.
        if (typeof event !== 'object' || event === null) return run(event);
        const known = knownOf(event);
        let result = known.get(key);
        if (result === undefined) known.set(key, (result = run(event)));
        return result;
      };
    },
    [Symbol.dispose]: forget,
  };
}

interface ReadDocument {
  readonly number: number;
  readonly variables: ReadonlySet<string>;
}

/** What is the same for all whose results are the same. */
function keyOf(args: SubscriptionArgs, { number, variables }: ReadDocument): string {
  const { viewer } = args.contextValue;
  const given = Object.entries(args.variableValues ?? {})
    .filter(([name]) => variables.has(name))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([number, args.operationName, viewer.tenantId, viewer.roles, given]);
}

/** Gives each document a number, and reads it once. */
function createDocumentReader(): (document: DocumentNode) => ReadDocument {
  const known = new WeakMap<DocumentNode, ReadDocument>();
  let count = 0;
  return (document) => {
    let read = known.get(document);
    if (read === undefined) {
      read = { number: (count += 1), variables: variablesOf(document) };
      known.set(document, read);
    }
    return read;
  };
}

/** The variables that are used otherwise than as an argument of an operation's own fields. */
function variablesOf(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const within = {
    Variable: ({ name }: { readonly name: { readonly value: string } }) => void names.add(name.value),
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      for (const selection of definition.selectionSet.selections) {
        visit(selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection, within);
      }
    } else visit(definition, within);
  }
  return names;
}
