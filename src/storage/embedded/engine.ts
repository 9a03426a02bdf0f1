import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseStartError } from '../database.ts';
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

/** Resolves when the thread says that Postgres is up. Throws DatabaseStartError when it does not come up. */
async function started(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit').then(() => {
    throw new Error('it ended at once');
  });
  try {
    await Promise.race([once(worker, 'message'), ended]);
  } catch (cause) {
    await worker.terminate();
    throw new DatabaseStartError(`The embedded database cannot be started: ${faultOf(cause)}.`, { cause });
  }
}

/** The engine's file system tells its faults by numbers of its own (WASI's), without words. */
const faults: Readonly<Record<number, string>> = {
  2: 'its files may not be written',
  29: 'its disk has a fault',
  51: 'its disk is full',
  63: 'its files may not be written',
  69: 'its file system can only be read',
};

function faultOf(cause: unknown): string {
  const { errno, message } = cause as { readonly errno?: number; readonly message?: string };
  return (errno === undefined ? undefined : faults[errno]) ?? message ?? String(errno ?? cause);
}

/** Starts Postgres on its directory, which is created when missing. Throws DatabaseStartError when it does not start. */
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

  await started(worker);
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
