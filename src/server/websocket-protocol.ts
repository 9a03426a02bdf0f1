import type { FormattedExecutionResult } from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import { bearerOf } from './bearer.ts';
import { boundErrors } from './bounded-errors.ts';
import { toPayload, withoutHttp } from './websocket-delivery.ts';
import { introduced } from './operations/introduce.ts';
import { prepareOperation, type OperationRules, type Prepared } from './websocket-operation.ts';
import { RateLimitedError } from '../system/expected-error.ts';
import type { Viewer } from '../tenants/viewer.ts';
import type { Admission, Session } from './websocket-session.ts';

/** Speaks graphql-transport-ws over sockets that are handed to it. */
export type Protocol = Server<Session>;

/** The graphql-transport-ws protocol, whose operations obey the rules of those over HTTP. */
export function createProtocol(rules: OperationRules): Protocol {
  return makeServer<Record<string, unknown>, Session>({
    // The limit on the first message is the session's, whose timers can be moved.
    connectionInitWaitTimeout: 0,
    async onConnect({ connectionParams, extra: session }) {
      const own = keyOf(connectionParams ?? {});
      const waiting = introduced(own ?? session.key(), rules.introduce);
      if (waiting !== undefined && !(await waiting))
        session.socket.close(1013, 'Tokens cannot be checked now');
      return session.initialise(own, (key) => admit(rules, session, key));
    },
    onSubscribe: ({ extra: session, subscriptions }, id, payload) =>
      prepareOperation(rules, session, { ...payload, id, isWanted: () => id in subscriptions }),
    execute: (args) => (args as Prepared).run('execute'),
    subscribe: (args) => (args as Prepared).run('subscribe'),
    onNext: (...[, , , , result]) => toPayload(result) as FormattedExecutionResult,
    onError: (...[, , , errors]) => boundErrors(errors).map(withoutHttp),
  });
}

/** Lets a client in whose key is good; undefined, and its socket closed where there is more to say: it is not. */
function admit({ bounds }: OperationRules, { socket, address }: Session, key: string): Admission | undefined {
  let viewer: Viewer | undefined;
  try {
    viewer = bounds.callers.identify(key, address);
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error;
    socket.close(1013, 'Too many wrong keys');
  }
  if (viewer === undefined) return undefined;
  const place = bounds.sockets.take(viewer.keyId);
  if (place !== undefined) {
    return { place, hold: bounds.held.hold(`key:${viewer.keyId}`, `address:${address}`) };
  }
  socket.close(1013, 'Too many sockets');
  return undefined;
}

/** The key among the parameters of the first message, named as in a header or `apiKey`. */
function keyOf(params: Readonly<Record<string, unknown>>): string | undefined {
  const { authorization = params['Authorization'], apiKey } = params;
  if (typeof authorization === 'string') return bearerOf(authorization);
  return typeof apiKey === 'string' ? apiKey : undefined;
}
