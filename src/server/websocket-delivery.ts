import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { WebSocket } from 'ws';
import { sendText } from './websocket-flow.ts';

/**
 * Hands a subscription's results to its socket. The protocol's library is given a stream that only ends, for which it
 * says `complete`: it would make a text of each result for each subscriber, where many get the same one.
 */
export function deliver(
  stream: AsyncIterableIterator<ExecutionResult, undefined>,
  id: string,
  socket: WebSocket,
): AsyncIterableIterator<never, undefined> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const over: IteratorReturnResult<undefined> = { value: undefined, done: true };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const result = await stream.next();
        if (result.done === true) return over;
        const sent = sendText(socket, `${head}${textOf(result.value)}}`);
        if (sent !== undefined) await sent;
      }
    },
    async return() {
      await stream.return?.();
      return over;
    },
  };
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
  return errors === undefined ? result : { ...result, errors: errors.map(withoutHttp) };
}

/** An error as it is sent. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, ...extensions } = {}, ...rest } = error.toJSON();
  return { ...rest, extensions };
}
