import {
  GraphQLError,
  type DocumentNode,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import {
  makeServer,
  type Context,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws';
import type { Log } from '../system/log.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { bearerOf } from './bearer.ts';
import { toClientError } from './client-error.ts';
import type { LiveSubscriptions } from './live-subscriptions.ts';
import type { Readiness } from './readiness.ts';
import type { SubscriptionArgs } from './shared-results.ts';
import { deliver, toPayload, withoutHttp } from './websocket-delivery.ts';
import { maxOperations, type Session } from './websocket-session.ts';
import type { ServerContext } from './yoga.ts';

/** One operation's way through GraphQL, with every rule of the edge built in. */
interface Enveloped {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute(args: ExecutionArgs): OperationResult;
}

/** What operations over a socket stand on: the same as those over HTTP. */
export interface OperationRules {
  readonly graphql: { getEnveloped(context: ServerContext): Enveloped };
  readonly subscriptions: Pick<LiveSubscriptions, 'start'>;
  /** The caller whose key this is; is asked anew for every operation. */
  readonly authenticate: (key: string) => Viewer | undefined;
  readonly readiness: Readiness;
  readonly log: Log;
}

type Connection = Context<Record<string, unknown>, Session>;

/** An operation together with what runs it: graphql-ws hands on the object as it is. */
interface Prepared extends ExecutionArgs {
  readonly run: (kind: 'execute' | 'subscribe') => OperationResult;
}

/** Speaks graphql-transport-ws over sockets that are handed to it. */
export type Protocol = Server<Session>;

/** The graphql-transport-ws protocol, whose operations obey the rules of those over HTTP. */
export function createProtocol(rules: OperationRules): Protocol {
  return makeServer<Record<string, unknown>, Session>({
    // The limit on the first message is the session's, whose timers can be moved.
    connectionInitWaitTimeout: 0,
    onConnect({ connectionParams, extra: session }) {
      return session.greet(keyOf(connectionParams ?? {}), (key) => rules.authenticate(key) !== undefined);
    },
    onSubscribe: (connection, id, payload) => prepare(rules, connection, id, payload),
    execute: (args) => (args as Prepared).run('execute'),
    subscribe: (args) => (args as Prepared).run('subscribe'),
    onNext: (...[, , , , result]) => toPayload(result) as FormattedExecutionResult,
    onError: (...[, , , errors]) => errors.map(withoutHttp),
  });
}

/** The key among the parameters of the first message, named as in a header or `apiKey`. */
function keyOf(params: Readonly<Record<string, unknown>>): string | undefined {
  const { authorization = params['Authorization'], apiKey } = params;
  if (typeof authorization === 'string') return bearerOf(authorization);
  return typeof apiKey === 'string' ? apiKey : undefined;
}

/** The caller as things stand now. */
export function viewerOf(session: Session, rules: Pick<OperationRules, 'authenticate'>): Viewer | undefined {
  const key = session.key();
  return key === undefined ? undefined : rules.authenticate(key);
}

async function prepare(
  rules: OperationRules,
  connection: Connection,
  id: string,
  { query, variables, operationName }: SubscribePayload,
): Promise<Prepared | readonly GraphQLError[]> {
  const { extra: session } = connection;
  if (rules.readiness.isStopping()) return refusal('UNAVAILABLE', 'This instance is stopping.');
  if (session.messages.count() >= maxOperations) {
    return refusal('RATE_LIMITED', `A socket carries at most ${maxOperations} operations at once.`);
  }
  const viewer = viewerOf(session, rules);
  if (viewer === undefined) {
    session.socket.close(4403, 'Forbidden');
    return refusal('UNAUTHENTICATED', 'The key of this socket is not valid any more.');
  }
  const signal = session.begin(id, () => id in connection.subscriptions);
  try {
    const enveloped = rules.graphql.getEnveloped({ viewer, signal });
    const { schema } = enveloped;
    const document = enveloped.parse(query);
    const faults = enveloped.validate(schema, document);
    if (faults.length > 0) return faults.map((fault) => toClientError(fault, rules.log));
    const contextValue = await enveloped.contextFactory();
    const args = { schema, document, contextValue, variableValues: variables ?? {}, operationName };
    return Object.assign(args, {
      run: (kind: 'execute' | 'subscribe') =>
        kind === 'subscribe'
          ? orErrors(() => subscribe(args as SubscriptionArgs))
          : session.executions.follow(orErrors(() => enveloped.execute(args))),
    });
  } catch (error) {
    return [toClientError(error, rules.log)];
  }

  async function subscribe(args: SubscriptionArgs): Promise<Awaited<OperationResult>> {
    const result = await rules.subscriptions.start(args);
    return Symbol.asyncIterator in result ? deliver(result, id, session.socket) : result;
  }

  async function orErrors(run: () => OperationResult): Promise<Awaited<OperationResult>> {
    try {
      return await run();
    } catch (error) {
      // Nobody is told of an operation that was cancelled; the answer only ends it.
      if (signal.aborted) return { errors: refusal('UNAVAILABLE', 'The operation was cancelled.') };
      return { errors: [toClientError(error, rules.log)] };
    }
  }
}

function refusal(code: string, message: string): readonly [GraphQLError] {
  return [new GraphQLError(message, { extensions: { code } })];
}
