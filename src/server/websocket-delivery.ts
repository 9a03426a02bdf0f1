import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { unlessAborted } from '../system/abort.ts';
import { createEndable, type Endable } from '../system/endable.ts';
import type { Log } from '../system/log.ts';
import { boundErrors } from './bounded-errors.ts';
import { toClientError } from './client-error.ts';
import { sendText } from './websocket-flow.ts';
import type { Session } from './websocket-session.ts';

/** What a stream is delivered to. */
export interface Delivery {
  readonly id: string;
  readonly session: Pick<Session, 'socket'>;
  /** Aborts when the client does not want the operation any more. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Hands a subscription's results to its socket. The protocol's library is given a stream that only ends, for which it
 * says `complete`: it would make a text of each result for each subscriber, where many get the same one. Ends as soon as
 * the operation is not wanted, also while the socket is full: the library takes a later end for that of whatever
 * operation has the same id by then.
 */
export function deliver(
  stream: AsyncIterableIterator<ExecutionResult, undefined>,
  { id, session: { socket }, signal, log }: Delivery,
): Endable<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;

  function makeText(result: ExecutionResult): string {
    try {
      return textOf(result);
    } catch (error) {
      void stream.return?.();
      return textOf({ errors: [toClientError(error, log)] });
    }
  }

  return createEndable<never>({
    async pull() {
      for (;;) {
        const result = await stream.next();
        if (result.done === true) return undefined;
        const sent = sendText(socket, `${head}${makeText(result.value)}}`);
        // Of an operation that is not wanted any more the stream has ended.
        if (sent !== undefined) await unlessAborted(sent, signal).catch(() => undefined);
      }
    },
    onEnd: () => void stream.return?.(),
  });
}

/** As libraries declare it that are not exact about optional properties. */
type Loose<Exact> = { readonly [Name in keyof Exact]?: Exact[Name] | undefined };

const texts = new WeakMap<ExecutionResult, string>();

/** A result as it is sent; one that is sent to many is made a text of once. */
function textOf(result: ExecutionResult): string {
  let text = texts.get(result);
  if (text === undefined) texts.set(result, (text = JSON.stringify(toPayload(result))));
  return text;
}

/** A result as it is sent, without what only an HTTP answer makes use of. */
export function toPayload({ errors, ...result }: Loose<ExecutionResult>) {
  return errors === undefined ? result : { ...result, errors: boundErrors(errors).map(withoutHttp) };
}

/** An error as it is sent. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, ...extensions } = {}, ...rest } = error.toJSON();
  return { ...rest, extensions };
}
