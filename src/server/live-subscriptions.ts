import { createSourceEventStream, GraphQLError, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';
import { onAbort } from '../system/abort.ts';
import type { Endable } from '../system/endable.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import { executionOptions } from './bounded-errors.ts';
import type { Bounds } from './bounds/bounds.ts';
import { admitSubscription } from './bounds/count-operation.ts';
import { toClientError } from './client-error.ts';
import { makeEndable } from './endable.ts';
import { createPace } from '../graphql/pace.ts';
import { admitOperation, type AdmissionRules } from './operations/admit-operation.ts';
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

/** What subscriptions stand on. */
export interface LiveOptions extends AdmissionRules {
  readonly bounds: Pick<Bounds, 'rates' | 'subscriptions'>;
  readonly timers: Timers;
  readonly log: Log;
}

/** Values of all streams together that are sent in one turn: some milliseconds' work. */
const VALUES_PER_TURN = 200;

/**
 * No subscription is served. Each is given a signal of its own, which aborts when it ends: because its client left or
 * completed it, because its source did, or because this instance stops. One whose source fails ends with the error
 * as its last result: otherwise a failure would tear down an SSE response, and a whole socket with its other operations.
 */
export function createLiveSubscriptions(options: LiveOptions): LiveSubscriptions {
  const { bounds, timers, log } = options;
  const ends = new Set<() => void>();
  const pace = createPace(VALUES_PER_TURN);
  const shared = createSharedResults((error) => toClientError(error, log), timers);
  let isOver = false;

  /** Starts one that has a place, which it gives back at its end. */
  async function begin(args: SubscriptionArgs, place: Disposable): Promise<Started> {
    const { signal: caller } = args.contextValue;
    const operation = new AbortController();
    let end = () => operation.abort();
    const listening = onAbort(caller, () => end());
    const contextValue = { ...args.contextValue, signal: operation.signal };
    const source =
      admitOperation(args, options) ??
      (await createSourceEventStream({ ...args, contextValue, options: executionOptions }));
    if (!(Symbol.asyncIterator in source)) {
      listening[Symbol.dispose]();
      return { errors: source.errors?.map((error) => asRefusal(toClientError(error, log))) ?? [] };
    }
    const stream = makeEndable(source, {
      toValue: shared.resultsOf(args),
      pace,
      onEnd() {
        ends.delete(stream.end);
        place[Symbol.dispose]();
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

  const start = (args: SubscriptionArgs) => inPlace(args, { bounds, log }, begin);
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

type Started = Endable<ExecutionResult> | ExecutionResult;

/** Has a subscription begun in a place of its own, which it gives back at its end; here, if it does not begin. */
async function inPlace(
  args: SubscriptionArgs,
  { bounds, log }: Pick<LiveOptions, 'bounds' | 'log'>,
  begin: (args: SubscriptionArgs, place: Disposable) => Promise<Started>,
): Promise<Started> {
  let place: Disposable | undefined;
  try {
    place = admitSubscription(bounds, args);
    const result = await begin(args, place);
    if (!(Symbol.asyncIterator in result)) place[Symbol.dispose]();
    return result;
  } catch (error) {
    place?.[Symbol.dispose]();
    if (place !== undefined) throw error;
    return { errors: [toClientError(error, log)] };
  }
}

/** A fault of the client's that was found before anything was executed, with the status that HTTP has for it. */
function asRefusal(error: GraphQLError): GraphQLError {
  const { message, nodes, path, extensions } = error;
  if (path !== undefined || extensions['http'] !== undefined) return error;
  const options = { nodes: nodes ?? null, extensions: { ...extensions, http: { status: 400 } } };
  return new GraphQLError(message, options);
}
