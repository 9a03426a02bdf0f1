import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect } from 'vitest';
import { createPooledFetch, type PooledFetch } from '../../../src/providers/transport/fetch.undici.ts';
import { TransportError } from '../../../src/providers/transport/transport-error.ts';
import { anyNumberOfSockets } from '../../support/providers/any-number-of-sockets.ts';
import {
  startWireProvider,
  type WireProvider,
  type WireRequest,
} from '../../support/providers/wire-provider.ts';

/** Gives each test of a file a pool of its own; what it serves ends with it. */
export function usePool() {
  const servers: Server[] = [];
  let pool: PooledFetch;
  beforeEach(() => {
    pool = createPooledFetch(anyNumberOfSockets().providers);
  });
  afterEach(async () => {
    await pool[Symbol.asyncDispose]();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  return {
    get pool() {
      return pool;
    },
    /** Serves on a free port; returns where. */
    async serve(listener: RequestListener): Promise<string> {
      const server = createServer(listener);
      servers.push(server);
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
}

/** Gives each test of a file a pool, and a server one level below HTTP that does with each request what it says. */
export function useWire() {
  const http = usePool();
  let provider: WireProvider;
  const wire = {
    get pool() {
      return http.pool;
    },
    get provider() {
      return provider;
    },
    script: (_request: WireRequest): void => undefined,
  };
  beforeEach(async () => {
    provider = await startWireProvider((request) => wire.script(request));
  });
  afterEach(() => provider[Symbol.asyncDispose]());
  return wire;
}

/** The whole body of a response, as text. */
export async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  const reader = response.body!.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return Buffer.concat(chunks).toString();
}

/** The TransportError that a promise must reject with. */
export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportError);
  return error as TransportError;
}
