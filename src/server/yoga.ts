import { GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { RequestContext, Services } from '../graphql/context.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { limitAnswers } from './bounds/bounded-answers.ts';
import { limitErrors } from './bounded-errors.ts';
import type { Bounds } from './bounds/bounds.ts';
import { limitRates } from './bounds/limit-rates.ts';
import { toClientError } from './client-error.ts';
import { createDocumentCache, limitDocuments } from './documents.ts';
import type { LiveSubscriptions } from './live-subscriptions.ts';
import { takeTurns } from './operations/take-turns.ts';
import { nameTransports } from './operations/name-transports.ts';
import type { AdmissionRules } from './operations/admit-operation.ts';
import { admitOperations, closeIntrospection } from './operations/plugins.ts';
import { createPlainOperations, type PlainRequest } from './operations/plain-operation.ts';

/** What the edge knows of an operation before GraphQL sees it. */
export interface ServerContext {
  /** The caller, whose key is valid. */
  readonly viewer: Viewer;
  /** Where from, as addresses are counted. */
  readonly address: string;
  /** Characters of the request, or what takes as long to read. */
  readonly requestSize: number;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** What the operation came to; absent: it is to be executed. */
  readonly result?: ExecutionResult;
}

/** GraphQL, with every rule that holds for operations. */
export type GraphQLHandler = ReturnType<typeof createGraphQLHandler>;

/** What holds for every operation, whichever its transport. */
export interface GraphQLRules extends AdmissionRules {
  readonly subscriptions: LiveSubscriptions;
  readonly bounds: Pick<Bounds, 'rates' | 'queries'>;
  readonly timers: Timers;
  readonly log: Log;
}

/** What answers operations, with every rule that holds for them. */
export function createGraphQLHandler(
  schema: GraphQLSchema,
  services: Services,
  { subscriptions, bounds, hidesSuggestions, timers, log }: GraphQLRules,
) {
  const toError = (error: unknown) => toClientError(error, log);
  const documents = createDocumentCache<DocumentNode>();
  const plain = createPlainOperations({ documents, subscriptions, toError });
  const yoga = createYoga<ServerContext, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    healthCheckEndpoint: '/never-served-here',
    logging: false,
    graphiql: false,
    plugins: [
      limitDocuments(schema),
      ...[plain.plugin, checkQueryString, answerExecuted, limitErrors, limitAnswers],
      ...(hidesSuggestions ? [closeIntrospection] : []),
      admitOperations({ hidesSuggestions }),
      // Around all that executes, in whichever way.
      takeTurns({ bounds, timers }, toError),
      // After what may replace an execution for another reason: what is refused is not looked at.
      limitRates(bounds, toError),
      nameTransports({ bounds, toError, hidesSuggestions }),
      subscriptions.plugin,
    ],
    parserAndValidationCache: {
      documentCache: documents,
      // What is malformed is looked at each time, and counted.
      errorCache: { get: () => undefined, set() {} },
    },
    context: ({ viewer, signal }) => ({ viewer, services, signal }),
    maskedErrors: { maskError: toError },
  });
  return {
    /** Answers any request for `/graphql` over HTTP, to its end; SSE included. */
    answer: yoga,
    /** Executes what is plain; undefined: it is to be answered by `answer`. */
    executePlain: (request: PlainRequest, context: ServerContext) =>
      plain.execute(request, () => yoga.getEnveloped(context)),
    /** Follows a plain subscription whose client reads events; undefined: it is to be answered by `answer`. */
    followPlain: (request: PlainRequest, context: ServerContext) =>
      plain.follow(request, () => yoga.getEnveloped(context)),
    /** The same for any other transport. */
    getEnveloped: yoga.getEnveloped,
  };
}

/** Answers what has been executed already. */
const answerExecuted: Plugin = {
  onParams({ context, setResult }) {
    const { result } = context as Partial<ServerContext>;
    if (result !== undefined) setResult(result);
  },
};

/** Answers 400 to a GET without a query, or whose variables are not JSON. (A POST is read before it comes here.) */
const checkQueryString: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (request.method !== 'GET' || requestParser === undefined) return;
    setRequestParser(async (request) => {
      try {
        const params = await requestParser(request);
        if ('query' in params && params.query !== undefined) return params;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
      throw new GraphQLError('A GET needs a `query`; `variables` and `extensions` are JSON objects.', {
        extensions: { code: 'INVALID_INPUT', http: { status: 400 } },
      });
    });
  },
};
