import type { FormattedExecutionResult } from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import { bearerOf } from './bearer.ts';
import { boundErrors } from './bounded-errors.ts';
import { toPayload, withoutHttp } from './websocket-delivery.ts';
import { prepareOperation, type OperationRules, type Prepared } from './websocket-operation.ts';
import type { Session } from './websocket-session.ts';

/** Speaks graphql-transport-ws over sockets that are handed to it. */
export type Protocol = Server<Session>;

/** The graphql-transport-ws protocol, whose operations obey the rules of those over HTTP. */
export function createProtocol(rules: OperationRules): Protocol {
  return makeServer<Record<string, unknown>, Session>({
    // The limit on the first message is the session's, whose timers can be moved.
    connectionInitWaitTimeout: 0,
    onConnect({ connectionParams, extra: session }) {
      return session.initialise(
        keyOf(connectionParams ?? {}),
        (key) => rules.authenticate(key) !== undefined,
      );
    },
    onSubscribe: ({ extra: session, subscriptions }, id, payload) =>
      prepareOperation(rules, session, { ...payload, id, isWanted: () => id in subscriptions }),
    execute: (args) => (args as Prepared).run('execute'),
    subscribe: (args) => (args as Prepared).run('subscribe'),
    onNext: (...[, , , , result]) => toPayload(result) as FormattedExecutionResult,
    onError: (...[, , , errors]) => boundErrors(errors).map(withoutHttp),
  });
}

/** The key among the parameters of the first message, named as in a header or `apiKey`. */
function keyOf(params: Readonly<Record<string, unknown>>): string | undefined {
  const { authorization = params['Authorization'], apiKey } = params;
  if (typeof authorization === 'string') return bearerOf(authorization);
  return typeof apiKey === 'string' ? apiKey : undefined;
}
