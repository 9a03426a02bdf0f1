import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../system/log.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { bearerOf } from './bearer.ts';
import { createExplorer, wantsExplorer } from './explorer.ts';
import { BODY_LIMIT_BYTES, readBody } from './read-body.ts';
import type { Readiness } from './readiness.ts';
import { targetOf } from './target.ts';
import type { WebSocketEndpoint } from './websocket.ts';
import type { GraphQLHandler } from './yoga.ts';

/** What the HTTP edge stands on. */
export interface HttpEdge {
  readonly graphql: GraphQLHandler;
  readonly sockets: WebSocketEndpoint;
  /** The caller whose key this is. */
  readonly authenticate: (key: string) => Viewer | undefined;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** The HTTP server: `/graphql`, over WebSocket too, `/livez` and `/readyz`. Not listening yet. */
export function createHttpServer(edge: HttpEdge): Server {
  const explorer = createExplorer();
  // Whatever asks for another protocol, or may not have this one, is answered as if it had not asked: many clients
  // offer HTTP/2 in every first request.
  const server = createServer({ shouldUpgradeCallback: edge.sockets.accepts }, (request, response) => {
    serve({ ...edge, explorer }, request, response).catch((err: unknown) => {
      edge.log.error('A request could not be served.', { err });
      if (!response.headersSent) refuse(response, 500, 'INTERNAL', 'Something went wrong on our side.');
      else response.destroy();
    });
  });
  server.on('upgrade', edge.sockets.upgrade);
  return server;
}

async function serve(
  edge: Omit<HttpEdge, 'sockets'> & { readonly explorer: ReturnType<typeof createExplorer> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = targetOf(request);
  if (target === null) return refuse(response, 400, 'BAD_REQUEST', 'A request names one host, by `Host`.');
  const { path, query } = target;
  const methods = path === '*' ? [] : methodsOf[path];
  if (methods === undefined) return refuse(response, 404, 'NOT_FOUND', 'GraphQL is served at /graphql.');
  if (!methods.includes(request.method ?? '')) return answerMethod(request, response, methods);
  if (path === '/livez') return answer(response, 200, { status: 'alive' });
  if (path === '/readyz') return answerReadiness(response, edge.readiness);

  if (edge.readiness.isStopping()) return refuse(response, 503, 'UNAVAILABLE', 'This instance is stopping.');
  if (wantsExplorer(request)) return edge.explorer(response);
  const key = bearerOf(request.headers.authorization);
  const viewer = key === undefined ? undefined : edge.authenticate(key);
  if (viewer === undefined) {
    response.setHeader('WWW-Authenticate', 'Bearer');
    return refuse(response, 401, 'UNAUTHENTICATED', 'Send a valid API key: `Authorization: Bearer swy_…`.');
  }
  if (request.method === 'POST' && !(await takeBody(request, response))) return;
  // Aborts with the response, also of a subscription that was started and then refused for what its client accepts.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // Yoga makes a URL of the two, which not every host can be part of; nothing depends on which host it is.
  request.url = path + query;
  request.headers.host = 'localhost';
  await edge.graphql(request, response, { viewer, signal: gone.signal });
}

/** What is served where, and how it may be asked for. */
const methodsOf: Readonly<Record<string, readonly string[] | undefined>> = {
  __proto__: null as never,
  '/graphql': ['GET', 'POST'],
  '/livez': ['GET', 'HEAD'],
  '/readyz': ['GET', 'HEAD'],
};

/** Tells whoever asks by another method which there are; no key is needed to know, and OPTIONS is how one asks. */
function answerMethod(request: IncomingMessage, response: ServerResponse, methods: readonly string[]): void {
  response.setHeader('Allow', [...methods, 'OPTIONS'].join(', '));
  if (request.method === 'OPTIONS') response.writeHead(204).end();
  else refuse(response, 405, 'BAD_REQUEST', `Only ${[...methods, 'OPTIONS'].join(', ')} are served here.`);
}

function answerReadiness(response: ServerResponse, readiness: Readiness): void {
  const reasons = readiness.obstacles();
  const warnings = readiness.warnings();
  const more = warnings.length > 0 && { warnings };
  if (reasons.length === 0) answer(response, 200, { status: 'ready', ...more });
  else answer(response, 503, { status: 'not ready', reasons, ...more });
}

const plainJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Reads and parses the body in our own, bounded way; false: the request was answered already. */
async function takeBody(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  // Any other type could be sent by a page of another origin without asking (a "simple request").
  if (!plainJson.test(type) || encoding.toLowerCase() !== 'identity') {
    refuse(response, 415, 'INVALID_INPUT', 'The body must be application/json in UTF-8, not compressed.');
    return false;
  }
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if ('refused' in body) {
    if (body.refused === 'aborted') response.destroy();
    else refuse(response, 413, 'INVALID_INPUT', `The body must have at most ${BODY_LIMIT_BYTES} bytes.`);
    return false;
  }
  const operation = parseJson(body.text);
  if (operation === undefined) {
    refuse(response, 400, 'INVALID_INPUT', 'The body is not JSON in UTF-8.');
    return false;
  }
  if (
    typeof operation !== 'object' ||
    operation === null ||
    typeof Reflect.get(operation, 'query') !== 'string'
  ) {
    refuse(response, 400, 'INVALID_INPUT', 'The body must be a JSON object with a text `query`.');
    return false;
  }
  // Yoga takes a parsed body from here instead of reading the stream, which is spent.
  Object.assign(request, { body: operation });
  return true;
}

/** Undefined: it is no JSON. A byte order mark may stand before it (RFC 8259 §8.1). */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  answer(response, status, { errors: [{ message, extensions: { code } }] });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
