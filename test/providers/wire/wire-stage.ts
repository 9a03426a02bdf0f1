import { expect } from 'vitest';
import type {
  Adapter,
  ProviderFactory,
  ProviderRequest,
  ProviderResult,
} from '../../../src/providers/provider.ts';
import {
  chunk,
  chunkedHead,
  httpResponse,
  startWireProvider,
  type WireProvider,
  type WireRequest,
} from '../../support/providers/wire-provider.ts';
import {
  createTestFactory,
  nobodyLeaves,
  question,
  readAll,
  type ReadStream,
} from '../../support/providers/provider-calls.ts';

/** A server that sends bytes, and the adapters that call it. Its end fails when one logged an error. */
export interface WireStage extends AsyncDisposable {
  readonly server: WireProvider;
  readonly factory: ProviderFactory;
  /** What is done with each request; the last one set rules. */
  script: (request: WireRequest) => void;
  call(adapter: Adapter, changes?: Partial<ProviderRequest>): Promise<ProviderResult>;
  stream(adapter: Adapter, changes?: Partial<ProviderRequest>): Promise<ReadStream>;
}

/** Opens one for one test. */
export async function openWireStage(): Promise<WireStage> {
  const server = await startWireProvider((request) => stage.script(request));
  const { factory, errors } = createTestFactory();
  const provider = (adapter: Adapter) =>
    factory.provider({ slug: 'them', adapter, baseUrl: server.baseUrl, credential: 'k' });
  const stage: WireStage = {
    ...{ server, factory },
    script: () => undefined,
    call: async (adapter, changes) => (await provider(adapter)).call(question(changes), nobodyLeaves()),
    stream: async (adapter, changes) =>
      readAll((await provider(adapter)).stream(question(changes), nobodyLeaves())),
    async [Symbol.asyncDispose]() {
      await factory[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      expect(errors).toEqual([]);
    },
  };
  return stage;
}

/** Answers with this JSON. */
export function sendsWhole(body: unknown): WireStage['script'] {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ({ socket }) => void socket.write(httpResponse(text));
}

/** What becomes of a connection once a stream's bytes are out. */
export type StreamEnd = 'ends' | 'stays open' | 'closes' | 'is reset';

/** Answers with a stream of these bytes. */
export function sendsStream(text: string, end: StreamEnd = 'ends'): WireStage['script'] {
  return ({ socket }) => {
    const bytes = Buffer.concat([Buffer.from(chunkedHead()), chunk(text)]);
    if (end === 'ends') socket.write(Buffer.concat([bytes, chunk('')]));
    else if (end === 'closes') socket.end(bytes);
    else if (end === 'stays open') socket.write(bytes);
    // A reset throws away what was not yet read: it follows when the other side has had time to read.
    else socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 50));
  };
}
