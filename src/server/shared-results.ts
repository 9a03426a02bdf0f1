import {
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { RequestContext } from '../graphql/context.ts';
import type { Timers } from '../system/timers.ts';
import { boundAnswer } from './bounds/bounded-answers.ts';
import { boundErrors } from './bounded-errors.ts';
import { eventDocumentOf, type EventDocument } from './operations/event-document.ts';

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
      const read = readDocument(args.document);
      const key = keyOf(args, read);
      const onEvents = {
        ...args,
        document: read.document,
        variableValues: read.valuesOf(args.variableValues),
      };
      let executions = 0;
      let contextValue = { ...args.contextValue, signal };
      const run = (event: unknown) => {
        if ((executions += 1) % EXECUTIONS_PER_CONTEXT === 0) contextValue = { ...contextValue };
        const result = execute({ ...onEvents, rootValue: event, contextValue });
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

interface ReadDocument extends EventDocument {
  readonly number: number;
}

/** What is the same for all whose results are the same. */
function keyOf(args: SubscriptionArgs, { number, used }: ReadDocument): string {
  const { viewer } = args.contextValue;
  const given = Object.entries(args.variableValues ?? {})
    .filter(([name]) => used.has(name))
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
      read = { number: (count += 1), ...eventDocumentOf(document) };
      known.set(document, read);
    }
    return read;
  };
}
