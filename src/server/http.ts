import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { RateLimitedError, RETRY_SOON_MS } from '../system/expected-error.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { Viewer } from '../tenants/viewer.ts';
import { bearerOf, credentialOf } from './bearer.ts';
import { closingOf, type Closing } from './bounds/closing.ts';
import { admitStream, countRefused as countAsked, countSize } from './bounds/count-operation.ts';
import { allowMethods, allowOrigin, type AllowedOrigins } from './bounds/cors.ts';
import type { Exchange, HttpApi, HttpEndpoint } from './http-api.ts';
import { answerAsked } from './operations/answer-asked.ts';
import { createExplorer, wantsExplorer } from './explorer/explorer.ts';
import { admitConnection, admitRequest } from './bounds/admit.ts';
import { cutUnread, EXPLORER_COST, httpLimits } from './bounds/http-limits.ts';
import type { Bounds } from './bounds/bounds.ts';
import { answer, refuse, type Refusal } from './bounds/refuse.ts';
import { noOperation, takeBody, type BodyTerms, type ParsedBody } from './bounds/take-body.ts';
import { introduced, type Introduce } from './operations/introduce.ts';
import type { Readiness } from './readiness.ts';
import { targetOf, type Target } from './target.ts';
import type { WebSocketEndpoint } from './websocket.ts';
import type { GraphQLHandler } from './yoga.ts';

/** What the HTTP edge stands on. */
export interface HttpEdge {
  readonly graphql: GraphQLHandler;
  readonly sockets: WebSocketEndpoint;
  /** What is served beside GraphQL; absent: nothing. */
  readonly api?: HttpApi;
  /** Whose pages may ask; absent: nobody's. */
  readonly origins?: AllowedOrigins;
  readonly bounds: Bounds;
  readonly readiness: Readiness;
  readonly introduce?: Introduce;
  /** Whether browsers are served the explorer; absent: they are. */
  readonly explorer?: boolean;
  readonly timers: Timers;
  readonly log: Log;
}

/** The HTTP server: `/graphql`, over WebSocket too, other APIs, `/livez` and `/readyz`. Not listening yet. */
export function createHttpServer(edge: HttpEdge): Server {
  const edgeWithPage = { ...edge, explorerPage: createExplorer() };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const visit = visitOf(edge, request, response);
    serve(edgeWithPage, visit).catch((err: unknown) => {
      if (err instanceof RateLimitedError && !response.headersSent) {
        const { code, message, retryAfterMs } = err;
        return visit.refuse({ status: 429, code, message, retryAfterMs });
      }
      edge.log.error('A request could not be served.', { err });
      if (response.headersSent) response.destroy();
      else visit.refuse({ status: 500, code: 'INTERNAL', message: 'Something went wrong on our side.' });
    });
  };
  // Whatever asks for another protocol, or may not have this one, is answered as if it had not asked: many clients
  // offer HTTP/2 in every first request.
  const server = createServer({ ...httpLimits, shouldUpgradeCallback: edge.sockets.accepts }, handle);
  server.on('connection', (socket) => admitConnection(edge.bounds, socket));
  // Who asks whether to send its body is told when its key has been looked at.
  server.on('checkContinue', handle);
  server.on('upgrade', edge.sockets.upgrade);
  return server;
}

/** A request, what it is for, and how it is refused there. */
interface Visit extends Exchange {
  /** Null: it names no host, or several. */
  readonly target: Target | null;
  /** What of another API it is for. */
  readonly endpoint: HttpEndpoint | undefined;
  /** How its place may be asked; undefined: there is no such place. */
  readonly methods: readonly string[] | undefined;
  readonly closing: Closing;
  refuse(refusal: Refusal): void;
}

function visitOf({ api }: Pick<HttpEdge, 'api'>, request: IncomingMessage, response: ServerResponse): Visit {
  const target = targetOf(request);
  const path = target?.path ?? '*';
  const endpoint = api?.at(path);
  if (endpoint !== undefined) response.setHeader('x-request-id', api?.requestId() ?? '');
  const methods = path === '*' ? [] : (endpoint?.methods ?? methodsOf[path]);
  const say = (refusal: Refusal) =>
    endpoint === undefined ? refuse(response, refusal) : endpoint.refuse(refusal, { request, response });
  return { request, response, target, endpoint, methods, closing: closingOf(response), refuse: say };
}

async function serve(
  edge: Omit<HttpEdge, 'sockets'> & { readonly explorerPage: ReturnType<typeof createExplorer> },
  visit: Visit,
): Promise<void> {
  const { bounds } = edge;
  const { request, response, target, methods, endpoint } = visit;
  if (target === null)
    return visit.refuse({
      status: 400,
      code: 'BAD_REQUEST',
      message: 'A request names one host, by `Host`.',
    });
  if (methods === undefined || (endpoint !== undefined && methods.length === 0))
    return visit.refuse({ status: 404, code: 'NOT_FOUND', message: nothingHere(edge) });
  allowOrigin(edge.origins ?? [], request, response);
  if (!methods.includes(request.method ?? '')) return answerMethod(visit, methods);
  const { path } = target;
  if (path === '/livez') return answer(response, 200, { status: 'alive' });
  if (path === '/readyz') return answerReadiness(response, edge.readiness);

  if (edge.readiness.isStopping())
    return visit.refuse({ status: 503, code: 'UNAVAILABLE', message: 'This instance is stopping.' });
  const address = bounds.addresses.addressOf(request);
  const place = admitRequest(bounds, request, address);
  if ('refusal' in place) {
    response.setHeader('Connection', 'close');
    return visit.refuse(place.refusal);
  }
  visit.closing.add(() => place[Symbol.dispose]());
  if (edge.explorer !== false && endpoint === undefined && wantsExplorer(request)) {
    bounds.rates.take('requestsPerAddress', address, EXPLORER_COST);
    await edge.explorerPage(request, response);
    return cutUnread(response, edge.timers);
  }
  const viewer = await admitCaller(edge, visit, address);
  if (viewer === undefined) return;
  const asked = Object.assign(visit, { target, viewer, address });
  if (endpoint === undefined) await answerOperation(edge, asked);
  else await answerEndpoint(edge, endpoint, asked);
}

/** Who asks, by its key or token; undefined: nobody who may, which has been answered. */
async function admitCaller(
  { bounds, introduce }: Pick<HttpEdge, 'bounds' | 'introduce'>,
  { request, response, endpoint, refuse }: Visit,
  address: string,
): Promise<Viewer | undefined> {
  const { headers } = request;
  const key = endpoint === undefined ? bearerOf(headers.authorization) : credentialOf(headers);
  if ((await introduced(key, introduce)) === false) {
    const message = 'Tokens cannot be checked now; try again.';
    refuse({ status: 503, code: 'UNAVAILABLE', message, retryAfterMs: RETRY_SOON_MS });
    return undefined;
  }
  const viewer = key === undefined ? undefined : bounds.callers.identify(key, address);
  if (viewer !== undefined) return viewer;
  response.setHeader('WWW-Authenticate', 'Bearer');
  const message = 'Send a valid API key or token: `Authorization: Bearer …`.';
  refuse({ status: 401, code: 'UNAUTHENTICATED', message });
  return undefined;
}

/** A visit whose caller is known. */
interface Asked extends Visit {
  readonly target: Target;
  readonly viewer: Viewer;
  readonly address: string;
}

/** Reads a body that is held until its request is answered; undefined: it was not taken, which has been answered. */
async function bodyOf(
  { bounds, timers }: Pick<HttpEdge, 'bounds' | 'timers'>,
  { request, response, viewer, address, closing, refuse }: Asked,
  objection?: BodyTerms['objection'],
): Promise<ParsedBody | undefined> {
  const terms = { bounds, viewer, address, timers, ...(objection !== undefined && { objection }) };
  const taken = await takeBody(request, response, terms);
  if ('value' in taken) {
    closing.add(() => taken.hold[Symbol.dispose]());
    return taken;
  }
  if (taken.refusal === 'aborted') response.destroy();
  else refuse(taken.refusal);
  return undefined;
}

// Made once: every response closes, and hardly anybody is left to see why.
const responseClosed = new DOMException('The response is closed.', 'AbortError');

/** Aborts with the response, also of a subscription that was started and then refused for what its client accepts. */
function leavingOf(closing: Closing, gone = new AbortController()): AbortSignal {
  closing.add(() => gone.abort(responseClosed));
  return gone.signal;
}

async function answerOperation(edge: Pick<HttpEdge, 'graphql' | 'bounds' | 'timers'>, asked: Asked) {
  const { request, response, target, viewer, address, closing } = asked;
  const taken = request.method === 'POST' ? await bodyOf(edge, asked, noOperation) : undefined;
  if (request.method === 'POST' && taken === undefined) return;
  const body = taken?.value;
  const requestSize = taken?.size ?? target.query.length;
  const context = { viewer, address, requestSize, signal: leavingOf(closing) };
  await answerAsked(edge, { request, response, target, body, context });
  cutUnread(response, edge.timers);
}

async function answerEndpoint(
  edge: Pick<HttpEdge, 'bounds' | 'timers'>,
  endpoint: HttpEndpoint,
  asked: Asked,
): Promise<void> {
  const { request, response, target, viewer, address } = asked;
  const { bounds } = edge;
  let requestSize = 0;
  const countRefused = () => countAsked(bounds, { viewer, address, requestSize });
  if (!endpoint.isRouted) countRefused();
  const taken = request.method === 'POST' ? await bodyOf(edge, asked) : undefined;
  if (request.method === 'POST' && taken === undefined) return;
  requestSize = taken?.size ?? 0;
  if (!endpoint.isRouted) countSize(bounds, { viewer, address, requestSize });
  await endpoint.answer({
    ...{ request, response, viewer, body: taken?.value, path: target.path, countRefused },
    signal: leavingOf(asked.closing),
    takeStreamPlace: () => admitStream(bounds, viewer),
  });
  cutUnread(response, edge.timers);
}

/** What is served where, and how it may be asked for. */
const methodsOf: Readonly<Record<string, readonly string[] | undefined>> = {
  __proto__: null as never,
  '/graphql': ['GET', 'POST'],
  '/livez': ['GET', 'HEAD'],
  '/readyz': ['GET', 'HEAD'],
};

/** Tells whoever asks by another method which there are; no key is needed to know, and OPTIONS is how one asks. */
function answerMethod({ request, response, refuse }: Visit, methods: readonly string[]): void {
  const all = [...methods, 'OPTIONS'].join(', ');
  response.setHeader('Allow', all);
  if (request.method !== 'OPTIONS')
    return refuse({ status: 405, code: 'BAD_REQUEST', message: `Only ${all} are served here.` });
  allowMethods(response, methods);
  response.writeHead(204).end();
}

function nothingHere({ api }: Pick<HttpEdge, 'api'>): string {
  return `GraphQL is served at /graphql${api === undefined ? '' : ', and what other clients speak below /v1'}.`;
}

function answerReadiness(response: ServerResponse, readiness: Readiness): void {
  const reasons = readiness.obstacles();
  const warnings = readiness.warnings();
  const degraded = readiness.degraded();
  const more = { ...(degraded.length > 0 && { degraded }), ...(warnings.length > 0 && { warnings }) };
  if (reasons.length === 0) answer(response, 200, { status: 'ready', ...more });
  else answer(response, 503, { status: 'not ready', reasons, ...more });
}
