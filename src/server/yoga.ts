import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError, parse, type GraphQLSchema, type ParseOptions, type Source } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { RequestContext, Services } from '../graphql/context.ts';
import { firstExample } from '../graphql/example.ts';
import { ExpectedError } from '../system/expected-error.ts';
import type { Log } from '../system/log.ts';
import type { Viewer } from '../tenants/viewer.ts';

/** What the HTTP edge knows of a request before GraphQL sees it. */
export interface ServerContext {
  /** Absent for the one thing that is served to everybody: the page of the in-browser explorer. */
  readonly viewer: Viewer | undefined;
}

/** Lexical tokens of a document at most: the longest sensible one has some hundreds. */
const maxDocumentTokens = 4_000;

/** GraphQL over HTTP at `/graphql`, with the explorer for browsers. */
export function createGraphQLHandler(schema: GraphQLSchema, services: Services, log: Log) {
  return createYoga<ServerContext, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    healthCheckEndpoint: '/never-served-here',
    logging: false,
    renderGraphiQL,
    graphiql: {
      title: 'Switchyard',
      defaultQuery: firstExample,
      headers: '{ "Authorization": "Bearer swy_…" }',
    },
    plugins: [limitDocuments],
    context: ({ viewer, request }) => {
      if (viewer === undefined) throw unauthenticated();
      return { viewer, services, signal: request.signal };
    },
    maskedErrors: { maskError: (error) => toClientError(error, log) },
  });
}

/** The error of a request whose caller is not known. */
export function unauthenticated(): GraphQLError {
  return new GraphQLError('Send an API key: `Authorization: Bearer swy_…`.', {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
  });
}

const limitDocuments: Plugin = {
  onParse: ({ setParseFn }) => {
    setParseFn((source: string | Source, options?: ParseOptions) =>
      parse(source, { ...options, maxTokens: maxDocumentTokens }),
    );
  },
};

/** Faults of the client's are told, expected errors carry their code, and anything else is masked and logged. */
function toClientError(error: unknown, log: Log): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (cause === undefined || cause === null) return error as GraphQLError;
  if (cause instanceof GraphQLError) return error instanceof GraphQLError ? error : cause;
  const where = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  if (cause instanceof ExpectedError) {
    return new GraphQLError(cause.message, { ...where, extensions: { code: cause.code } } as object);
  }
  log.error('A request met a fault of ours.', { err: cause });
  return new GraphQLError('Something went wrong on our side; it has been logged.', {
    ...where,
    extensions: { code: 'INTERNAL' },
  } as object);
}
