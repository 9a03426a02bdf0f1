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
import type { RequestContext } from '../../graphql/context.ts';
import type { Endable } from '../../system/endable.ts';
import type { LiveSubscriptions } from '../live-subscriptions.ts';

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

type Followed = Endable<ExecutionResult> | ExecutionResult;

/** What plain operations stand on: the same as all others. */
export interface PlainRules {
  readonly subscriptions: Pick<LiveSubscriptions, 'start'>;
  /** What texts were parsed to. */
  readonly documents: { get(text: string): DocumentNode | undefined };
  readonly toError: (error: unknown) => GraphQLError;
}

/** Executes plain operations whose documents are known to be sound. */
export interface PlainOperations {
  /** Undefined: nothing was done, and nothing counted; the request is for whoever knows everything about requests. */
  execute(request: PlainRequest, getEnveloped: () => Enveloped): Promise<PlainOutcome> | undefined;
  /** The same for a subscription whose client reads server-sent events: its results, or why there are none. */
  follow(request: PlainRequest, getEnveloped: () => Enveloped): Promise<Followed> | undefined;
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
export function createPlainOperations(rules: PlainRules): PlainOperations {
  const { documents } = rules;
  const sound = new WeakSet<DocumentNode>();

  /** The document of a plain request, if it is known to be sound, and what it asks for. */
  function known({ query, operationName }: Params) {
    const document = documents.get(query);
    if (document === undefined || !sound.has(document)) return undefined;
    return { document, operation: getOperationAST(document, operationName)?.operation };
  }

  return {
    execute({ body, accept }, getEnveloped) {
      const contentType = contentTypes.get(accept);
      if (contentType === undefined || !isPlain(body)) return undefined;
      const { document, operation } = known(body) ?? {};
      if (document === undefined || operation === undefined) return undefined;
      if (operation === OperationTypeNode.SUBSCRIPTION) return undefined;
      return executed({ params: body, document, getEnveloped }, rules).then((result) => ({
        result,
        contentType: isData(result) ? contentType : undefined,
      }));
    },
    follow({ body, accept }, getEnveloped) {
      if (accept !== 'text/event-stream' || !isPlain(body)) return undefined;
      const { document, operation } = known(body) ?? {};
      if (document === undefined || operation !== OperationTypeNode.SUBSCRIPTION) return undefined;
      return followed({ params: body, document, getEnveloped }, rules);
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

/** A plain operation whose document is known to be sound. */
interface Known {
  readonly params: Params;
  readonly document: DocumentNode;
  readonly getEnveloped: () => Enveloped;
}

async function followed(
  { params: { variables, operationName }, document, getEnveloped }: Known,
  { subscriptions, toError }: PlainRules,
): Promise<Followed> {
  try {
    const { schema, contextFactory } = getEnveloped();
    const contextValue = (await contextFactory()) as RequestContext;
    return await subscriptions.start({
      ...{ schema, document, contextValue },
      ...(variables != null && { variableValues: variables }),
      ...(operationName != null && { operationName }),
    });
  } catch (error) {
    return { errors: [toError(error)] };
  }
}

async function executed(
  { params: { variables, operationName }, document, getEnveloped }: Known,
  { toError }: PlainRules,
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
