import { createSourceEventStream, GraphQLError, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';
import { onAbort } from '../system/abort.ts';
import type { Endable } from '../system/endable.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import { executionOptions } from './bounded-errors.ts';
import { toClientError } from './client-error.ts';
import { makeEndable } from './endable.ts';
import { createPace } from './pace.ts';
import { createSharedResults, type SubscriptionArgs } from './shared-results.ts';

/** The subscriptions that this instance serves, over whichever transport. */
export interface LiveSubscriptions {
  /** Starts one; without a stream its result says why. Its errors are such as clients may see. */
  start(args: SubscriptionArgs): Promise<Endable<ExecutionResult> | ExecutionResult>;
  /** Has GraphQL over HTTP start its own here. */
  readonly plugin: Plugin<RequestContext>;
  count(): number;
  /** Ends all, and at once those that are still being started: their clients get `complete`. */
  end(): void;
}

/** Values of all streams together that are sent in one turn: some milliseconds' work. */
const VALUES_PER_TURN = 200;

/**
 * No subscription is served. Each is given a signal of its own, which aborts when it ends: because its client left or
 * completed it, because its source did, or because this instance stops. One whose source fails ends with the error
 * as its last result: otherwise a failure would tear down an SSE response, and a whole socket with its other operations.
 */
export function createLiveSubscriptions({ timers, log }: { timers: Timers; log: Log }): LiveSubscriptions {
  const ends = new Set<() => void>();
  const pace = createPace(VALUES_PER_TURN);
  const shared = createSharedResults((error) => toClientError(error, log), timers);
  let isOver = false;

  async function start(args: SubscriptionArgs): Promise<Endable<ExecutionResult> | ExecutionResult> {
    const { signal: caller } = args.contextValue;
    const operation = new AbortController();
    let end = () => operation.abort();
    const listening = onAbort(caller, () => end());
    const contextValue = { ...args.contextValue, signal: operation.signal };
    const source = await createSourceEventStream({ ...args, contextValue, options: executionOptions });
    if (!(Symbol.asyncIterator in source)) {
      listening[Symbol.dispose]();
      return { ...source, errors: source.errors?.map((error) => asRefusal(toClientError(error, log))) ?? [] };
    }
    const stream = makeEndable(source, {
      toValue: shared.resultsOf(args),
      pace,
      onEnd() {
        ends.delete(stream.end);
        listening[Symbol.dispose]();
        operation.abort();
      },
      lastWord: (error): ExecutionResult => ({ errors: [toClientError(error, log)] }),
      onLateFailure: (err) => log.debug('A subscription failed after its end.', { err }),
    });
    ends.add(stream.end);
    end = stream.end;
    if (isOver || operation.signal.aborted) stream.end();
    return stream;
  }

  return {
    start,
    plugin: {
      onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(start as Parameters<typeof setSubscribeFn>[0]),
    },
    count: () => ends.size,
    end() {
      isOver = true;
      for (const end of [...ends]) end();
      shared[Symbol.dispose]();
    },
  };
}

/** A fault of the client's that was found before anything was executed, with the status that HTTP has for it. */
function asRefusal(error: GraphQLError): GraphQLError {
  const { message, nodes, path, extensions } = error;
  if (path !== undefined || extensions['http'] !== undefined) return error;
  const options = { nodes: nodes ?? null, extensions: { ...extensions, http: { status: 400 } } };
  return new GraphQLError(message, options);
}
