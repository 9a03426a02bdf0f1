import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';
import type { Log } from '../system/log.ts';
import { toClientError } from './client-error.ts';
import { makeEndable } from './endable.ts';

/** The subscriptions that this instance serves, over whichever transport. */
export interface LiveSubscriptions {
  /** Follows each from its start to its end. */
  readonly plugin: Plugin<RequestContext>;
  count(): number;
  /** Ends all, and at once those that are still being started: their clients get `complete`. */
  end(): void;
}

/**
 * None yet. Each subscription is given a signal of its own, which aborts when it ends: because its client left or
 * completed it, because its source did, or because this instance stops. One whose source fails ends with the error
 * as its last result: otherwise a failure would tear down an SSE response, and a whole socket with its other operations.
 */
export function createLiveSubscriptions(log: Log): LiveSubscriptions {
  const ends = new Set<() => void>();
  let isOver = false;

  const plugin: Plugin<RequestContext> = {
    onSubscribe({ args, extendContext }) {
      const { signal: caller } = args.contextValue;
      const operation = new AbortController();
      let end = () => operation.abort();
      const leave = () => end();
      caller.addEventListener('abort', leave, { once: true });
      if (caller.aborted) leave();
      extendContext({ signal: operation.signal });
      return {
        onSubscribeResult({ result, setResult }) {
          if (!(Symbol.asyncIterator in result)) return;
          const stream = makeEndable<ExecutionResult>(result, {
            onEnd() {
              ends.delete(stream.end);
              caller.removeEventListener('abort', leave);
              operation.abort();
            },
            lastWord: (error) => ({ errors: [toClientError(error, log)] }),
            onLateFailure: (err) => log.debug('A subscription failed after its end.', { err }),
          });
          ends.add(stream.end);
          end = stream.end;
          setResult(stream);
          if (isOver || operation.signal.aborted) stream.end();
        },
      };
    },
  };

  return {
    plugin,
    count: () => ends.size,
    end() {
      isOver = true;
      for (const end of [...ends]) end();
    },
  };
}
