import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { EngineReply, EngineRequest, EngineStart } from './worker.ts';

/** A Postgres in a thread of this process. It has one session; requests are done one after the other. */
export interface Engine {
  /** Ends what an earlier connection left open: transaction, settings, prepared statements. */
  reset(): Promise<void>;
  /** Sends complete messages of Postgres' wire protocol and returns its answer to them. */
  exchange(message: Uint8Array): Promise<Uint8Array>;
  /** Writes everything out and ends the thread. */
  close(): Promise<void>;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

/**
 * The engine's code, compiled once for the life of the process and shared by its threads: V8 may abort a process in
 * which such modules come and go (https://github.com/nodejs/node/issues/64500).
 */
let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return WebAssembly.compile(await readFile(join(dirname(entry), 'pglite.wasm')));
}

/** Starts Postgres on its directory, which is created when missing. */
export async function startEngine(directory: string): Promise<Engine> {
  const start: EngineStart = { directory, code: await (compiled ??= compile()) };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start });
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  let lastId = 0;
  let fault: Error | undefined;

  const fail = (error: Error) => {
    fault ??= error;
    for (const request of waiting.values()) request.reject(fault);
    waiting.clear();
  };
  const send = (request: Unnumbered<EngineRequest>, transfer: ArrayBuffer[] = []): Promise<Uint8Array> => {
    if (fault !== undefined) return Promise.reject(fault);
    const id = (lastId += 1);
    const result = Promise.withResolvers<Uint8Array>();
    waiting.set(id, result);
    worker.postMessage({ ...request, id }, transfer);
    return result.promise;
  };

  await once(worker, 'message');
  worker.on('message', (reply: EngineReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) request?.reject(new Error(reply.error));
    else request?.resolve(reply.answer);
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the embedded database has ended')));

  return {
    reset: async () => void (await send({ kind: 'reset' })),
    exchange(message) {
      // Sent as it is, the driver's whole buffer would be copied, of which the message is a part.
      const copy = new Uint8Array(message);
      return send({ kind: 'exchange', message: copy }, [copy.buffer]);
    },
    async close() {
      if (fault !== undefined) return;
      const ended = once(worker, 'exit');
      await send({ kind: 'close' });
      await ended;
    },
  };
}
