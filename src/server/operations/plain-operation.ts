import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** A plain request: POST of one operation to `/graphql` itself, as JSON that has been read. */
export interface PlainRequest {
  readonly body: object;
  /** Its `Accept`. */
  readonly accept: string | undefined;
}

/** What a plain operation came to. */
export interface PlainOutcome {
  readonly result: ExecutionResult;
  /** What the answer is to be sent as; undefined: it is for whoever knows all forms of an answer to put it into words. */
  readonly contentType: string | undefined;
}

/** One operation's way through GraphQL, with every rule of the edge built in. */
interface Enveloped {
  readonly schema: GraphQLSchema;
  contextFactory(): unknown;
  execute(args: ExecutionArgs): unknown;
}

/** What plain operations stand on: the same as all others. */
export interface PlainRules {
  /** What texts were parsed to. */
  readonly documents: { get(text: string): DocumentNode | undefined };
  readonly toError: (error: unknown) => GraphQLError;
}

/** Executes plain operations whose documents are known to be sound. */
export interface PlainOperations {
  /** Undefined: nothing was done, and nothing counted; the request is for whoever knows everything about requests. */
  execute(request: PlainRequest, getEnveloped: () => Enveloped): Promise<PlainOutcome> | undefined;
  /** Learns which documents are sound. */
  readonly plugin: Plugin;
}

/** What answers are sent as to those who accept the usual; whatever else is accepted is a question of its own. */
const contentTypes: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json; charset=utf-8'],
]);

/**
 * No document is known yet. One that has been parsed and validated once, by whichever way, is executed at once the next
 * time, by the same function with the same rules: only that no objects are made which say what a request and an
 * answer are in general. Refusals and faults are not put into words here.
 */
export function createPlainOperations({ documents, toError }: PlainRules): PlainOperations {
  const sound = new WeakSet<DocumentNode>();

  async function run(
    { variables, operationName }: Params,
    document: DocumentNode,
    getEnveloped: () => Enveloped,
  ): Promise<ExecutionResult> {
    try {
      const { schema, contextFactory, execute } = getEnveloped();
      const contextValue = await contextFactory();
      const args = { schema, document, contextValue, variableValues: variables, operationName };
      return (await execute(args)) as ExecutionResult;
    } catch (error) {
      return { errors: [toError(error)] };
    }
  }

  return {
    execute({ body, accept }, getEnveloped) {
      const contentType = contentTypes.get(accept);
      if (contentType === undefined || !isPlain(body)) return undefined;
      const document = documents.get(body.query);
      if (document === undefined || !sound.has(document)) return undefined;
      const operation = getOperationAST(document, body.operationName)?.operation;
      if (operation === undefined || operation === OperationTypeNode.SUBSCRIPTION) return undefined;
      return run(body, document, getEnveloped).then((result) => ({
        result,
        contentType: isData(result) ? contentType : undefined,
      }));
    },
    plugin: {
      onValidate:
        ({ params: { documentAST } }) =>
        ({ valid }) => {
          if (valid) sound.add(documentAST as DocumentNode);
        },
    },
  };
}

/** The parameters of an operation (GraphQL over HTTP, "Request Parameters"). */
interface Params {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly extensions?: object | null;
}

const objectOrNothing = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);

/** What each parameter may be where it is given. */
const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  __proto__: null as never,
  query: (value) => typeof value === 'string',
  operationName: (value) => value === null || typeof value === 'string',
  variables: objectOrNothing,
  extensions: objectOrNothing,
};

function isPlain(body: object): body is Params {
  return 'query' in body && Object.entries(body).every(([name, value]) => checks[name]?.(value) === true);
}

/** Whether all of a result is what was asked for. */
function isData(result: ExecutionResult): boolean {
  return Object.keys(result).every((name) => name === 'data');
}
