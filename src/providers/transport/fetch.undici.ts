import { Agent, Pool } from 'undici';
import { openOutbound, type OutboundRule } from '../base-url.ts';
import type { ProviderSockets } from '../../system/resources/sockets.ts';
import { createGuardedConnector } from './connector.undici.ts';
import { codingsToUndo } from './content-coding.ts';
import { decodeBody } from './decode-body.node.ts';
import { LineClient } from './line.undici.ts';
import {
  maxResponseBytes,
  maxVectorsBytes,
  StreamReceiver,
  WholeReceiver,
  type ResponseSettlement,
} from './receiver.undici.ts';
import type { PlainResponse } from './response.undici.ts';

const idleSocketMs = 30_000;

/** Ways to fetch over one pool of connections. Disposing of it cuts whatever is still open. */
export interface PooledFetch extends AsyncDisposable {
  /** Returns a response whose body has been read. */
  readonly fetch: typeof globalThis.fetch;
  /** The same for bodies as large as vectors are. */
  readonly vectorsFetch: typeof globalThis.fetch;
  /** Returns a response that has begun, and reads its body no faster than its consumer does. */
  readonly streamingFetch: typeof globalThis.fetch;
}

/**
 * The part of fetch that the provider SDKs use, at a quarter of its cost: a URL, a method, plain headers, a text
 * body and a signal go in. Follows no redirect, sends again only what a reused connection lost, connects to no
 * link-local or metadata address, passes over interim responses, and reads no body beyond `maxResponseBytes`, decoded
 * or not. An abort rejects at once with the signal's reason, amid the body too; whatever the network does rejects with
 * a TransportError.
 */
export function createPooledFetch(sockets: ProviderSockets, rule: OutboundRule = openOutbound): PooledFetch {
  const connect = createGuardedConnector(rule);
  const agent = new Agent({
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...(poolOptions as Pool.Options),
        factory: (host, clientOptions) => LineClient.create(host, clientOptions, { connect, sockets }),
      }),
    keepAliveTimeout: idleSocketMs,
    // How long an attempt may take is its caller's to say, by aborting.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const targetOf = createTargets();
  const through =
    (way: Way): typeof globalThis.fetch =>
    (input, init = {}) =>
      send({ agent, targetOf }, input as string, init, way) as Promise<unknown> as Promise<Response>;
  return {
    fetch: through({
      maxBytes: maxResponseBytes,
      receive: (settlement, signal) => new WholeReceiver(settlement, signal),
    }),
    vectorsFetch: through({
      maxBytes: maxVectorsBytes,
      receive: (settlement, signal) => new WholeReceiver(settlement, signal, maxVectorsBytes),
    }),
    streamingFetch: through({
      maxBytes: maxResponseBytes,
      receive: (settlement, signal) => new StreamReceiver(settlement, signal),
    }),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

/** Where a request goes. */
interface Target {
  readonly origin: string;
  readonly path: string;
}

/** Addresses that are remembered: of providers and their models there are fewer. */
const MOST_TARGETS = 1_000;

/** Reads each address once: providers are called at few. */
function createTargets(): (url: string) => Target {
  const known = new Map<string, Target>();
  return (url) => {
    const target = known.get(url);
    if (target !== undefined) return target;
    const { origin, pathname, search } = new URL(url);
    const read = { origin, path: pathname + search };
    if (known.size >= MOST_TARGETS) known.clear();
    known.set(url, read);
    return read;
  };
}

/** How a response is received. */
interface Way {
  /** Decoded. */
  readonly maxBytes: number;
  receive(
    settlement: ResponseSettlement,
    signal: AbortSignal | null | undefined,
  ): WholeReceiver | StreamReceiver;
}

async function send(
  { agent, targetOf }: { readonly agent: Agent; readonly targetOf: (url: string) => Target },
  url: string,
  init: RequestInit,
  { maxBytes, receive }: Way,
): Promise<PlainResponse> {
  init.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<PlainResponse>();
  const { origin, path } = targetOf(url);
  agent.dispatch(
    {
      origin,
      path,
      method: init.method ?? 'GET',
      headers: { ...plainAnswers, ...(init.headers as Record<string, string>) },
      body: init.body as string,
    },
    receive({ resolve, reject }, init.signal),
  );
  const response = await promise;
  const codings = codingsToUndo(response.headers.get('content-encoding'));
  if (codings.length === 0) return response;
  const { status, body } = response;
  return response.withBody(decodeBody(body, { codings, maxBytes, status }));
}

/** Without it every coding would be welcome (RFC 9110 §12.5.3). */
const plainAnswers = { 'accept-encoding': 'identity' };
