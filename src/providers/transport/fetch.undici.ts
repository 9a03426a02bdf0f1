import { Agent, Pool } from 'undici';
import { createGuardedConnector } from './connector.undici.ts';
import { codingsToUndo } from './content-coding.ts';
import { decodeBody } from './decode-body.node.ts';
import { LineClient } from './line.undici.ts';
import { maxResponseBytes, StreamReceiver, WholeReceiver } from './receiver.undici.ts';
import type { PlainResponse } from './response.undici.ts';

const idleSocketMs = 30_000;

/** Two ways to fetch over one pool of connections. Disposing of it cuts whatever is still open. */
export interface PooledFetch extends AsyncDisposable {
  /** Returns a response whose body has been read. */
  readonly fetch: typeof globalThis.fetch;
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
export function createPooledFetch(): PooledFetch {
  const connect = createGuardedConnector();
  const agent = new Agent({
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...(poolOptions as Pool.Options),
        factory: (host, clientOptions) => LineClient.create(host, clientOptions, connect),
      }),
    keepAliveTimeout: idleSocketMs,
    // How long an attempt may take is its caller's to say, by aborting.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const through =
    (Receiver: ReceiverClass): typeof globalThis.fetch =>
    (input, init = {}) =>
      send(agent, input as string, init, Receiver) as Promise<unknown> as Promise<Response>;
  return {
    fetch: through(WholeReceiver),
    streamingFetch: through(StreamReceiver),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

type ReceiverClass = typeof WholeReceiver | typeof StreamReceiver;

async function send(
  agent: Agent,
  url: string,
  init: RequestInit,
  Receiver: ReceiverClass,
): Promise<PlainResponse> {
  init.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<PlainResponse>();
  const { origin, pathname, search } = new URL(url);
  agent.dispatch(
    {
      origin,
      path: pathname + search,
      method: init.method ?? 'GET',
      headers: { ...plainAnswers, ...(init.headers as Record<string, string>) },
      body: init.body as string,
    },
    new Receiver({ resolve, reject }, init.signal),
  );
  const response = await promise;
  const codings = codingsToUndo(response.headers.get('content-encoding'));
  if (codings.length === 0) return response;
  const { status, body } = response;
  return response.withBody(decodeBody(body, { codings, maxBytes: maxResponseBytes, status }));
}

/** Without it every coding would be welcome (RFC 9110 §12.5.3). */
const plainAnswers = { 'accept-encoding': 'identity' };
