import {
  getOperationAST,
  GraphQLError,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql';
import type { OperationResult, SubscribePayload } from 'graphql-ws';
import { weightOf } from '../graphql/input-work.ts';
import type { Log } from '../system/log.ts';
import type { Viewer } from '../tenants/viewer.ts';
import type { Bounds } from './bounds/bounds.ts';
import { toClientError } from './client-error.ts';
import { introduced, type Introduce } from './operations/introduce.ts';
import type { LiveSubscriptions } from './live-subscriptions.ts';
import type { Readiness } from './readiness.ts';
import type { SubscriptionArgs } from './shared-results.ts';
import { deliver } from './websocket-delivery.ts';
import { MAX_ID_CHARACTERS, MAX_OPERATIONS, type Session } from './websocket-session.ts';
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
  readonly introduce?: Introduce;
  readonly bounds: Bounds;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** An operation as a client asks for it. */
export interface Asked extends SubscribePayload {
  readonly id: string;
  /** Whether the client still waits for it. */
  readonly isWanted: () => boolean;
}

/** An operation together with what runs it: graphql-ws hands on the object as it is. */
export interface Prepared extends ExecutionArgs {
  readonly run: (kind: 'execute' | 'subscribe') => Promise<Awaited<OperationResult>>;
}

type Refused = readonly GraphQLError[];

/** The caller as things stand now. */
export function viewerOf(session: Session, rules: Pick<OperationRules, 'authenticate'>): Viewer | undefined {
  const key = session.key();
  return key === undefined ? undefined : rules.authenticate(key);
}

/** Admits an operation, whose caller and signal are set from here on; what is prepared is to be run. */
export async function prepareOperation(
  rules: OperationRules,
  session: Session,
  asked: Asked,
): Promise<Prepared | Refused> {
  if (asked.id.length > MAX_ID_CHARACTERS) {
    session.socket.close(4400, 'Operation id too long');
    return refusal('INVALID_INPUT', `An operation's id has at most ${MAX_ID_CHARACTERS} characters.`);
  }
  if (rules.readiness.isStopping()) return refusal('UNAVAILABLE', 'This instance is stopping.');
  if (session.messages.count() >= MAX_OPERATIONS) {
    return refusal('RATE_LIMITED', `A socket carries at most ${MAX_OPERATIONS} operations at once.`);
  }
  const waiting = introduced(session.key(), rules.introduce);
  if (waiting !== undefined) await waiting;
  const viewer = viewerOf(session, rules);
  if (viewer === undefined) {
    session.socket.close(4403, 'Forbidden');
    return refusal('UNAUTHENTICATED', 'The key of this socket is not valid any more.');
  }
  const signal = session.begin(asked.id, asked.isWanted);
  if (signal === undefined) {
    return refusal('CONFLICT', 'The former operation of this id is still being ended.');
  }
  const { address } = session;
  const requestSize = asked.query.length + weightOf(asked.variables);
  const prepared = await prepare(rules, session, asked, { viewer, address, requestSize, signal });
  if (!('run' in prepared)) session.settled(asked.id);
  return prepared;
}

async function prepare(
  rules: OperationRules,
  session: Session,
  { id, query, variables, operationName }: Asked,
  context: ServerContext,
): Promise<Prepared | Refused> {
  const { subscriptions, log } = rules;
  try {
    const enveloped = rules.graphql.getEnveloped(context);
    const { schema } = enveloped;
    const document = enveloped.parse(query);
    const faults = enveloped.validate(schema, document);
    if (faults.length > 0) return faults.map((fault) => toClientError(fault, log));
    if (getOperationAST(document, operationName) === null) {
      return refusal(
        'INVALID_INPUT',
        'The document has no operation of this name, or several and none is named.',
      );
    }
    const contextValue = await enveloped.contextFactory();
    const args = { schema, document, contextValue, variableValues: variables ?? {}, operationName };
    const subscribe = async () => {
      const result = await subscriptions.start(args as SubscriptionArgs);
      return Symbol.asyncIterator in result
        ? deliver(result, { id, session, signal: context.signal, log })
        : result;
    };
    const execute = async () => session.executions.follow(Promise.resolve(enveloped.execute(args)));
    return {
      ...args,
      run: (kind) =>
        orErrors(kind === 'subscribe' ? subscribe : execute, rules, context).finally(() =>
          session.settled(id),
        ),
    };
  } catch (error) {
    return [toClientError(error, log)];
  }
}

async function orErrors(
  run: () => Promise<Awaited<OperationResult>>,
  { log }: OperationRules,
  { signal }: ServerContext,
): Promise<Awaited<OperationResult>> {
  try {
    return await run();
  } catch (error) {
    // Nobody is told of an operation that was cancelled; the answer only ends it.
    if (signal.aborted) return { errors: refusal('UNAVAILABLE', 'The operation was cancelled.') };
    return { errors: [toClientError(error, log)] };
  }
}

function refusal(code: string, message: string): readonly [GraphQLError] {
  return [new GraphQLError(message, { extensions: { code } })];
}
