import { GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { RequestContext, Services } from '../graphql/context.ts';
import type { Log } from '../system/log.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { limitErrors } from './bounded-errors.ts';
import { toClientError } from './client-error.ts';
import { createDocumentCache, limitDocuments } from './documents.ts';
import type { LiveSubscriptions } from './live-subscriptions.ts';

/** What the edge knows of an operation before GraphQL sees it. */
export interface ServerContext {
  /** The caller, whose key is valid. */
  readonly viewer: Viewer;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** GraphQL over HTTP at `/graphql`, SSE included; by its `getEnveloped` the same for any other transport. */
export type GraphQLHandler = ReturnType<typeof createGraphQLHandler>;

/** What answers operations, with every rule that holds for them. */
export function createGraphQLHandler(
  schema: GraphQLSchema,
  services: Services,
  subscriptions: LiveSubscriptions,
  log: Log,
) {
  return createYoga<ServerContext, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    healthCheckEndpoint: '/never-served-here',
    logging: false,
    graphiql: false,
    plugins: [limitDocuments(schema), checkQueryString, limitErrors, subscriptions.plugin],
    parserAndValidationCache: {
      documentCache: createDocumentCache<DocumentNode>(),
      errorCache: createDocumentCache<unknown>(),
    },
    context: ({ viewer, signal }) => ({ viewer, services, signal }),
    maskedErrors: { maskError: (error) => toClientError(error, log) },
  });
}

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
