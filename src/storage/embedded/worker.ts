// The thread that runs Postgres. It lives apart because a slow query would otherwise stop the whole process.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/** What the thread is started with. */
export interface EngineStart {
  readonly directory: string;
  readonly code: WebAssembly.Module;
}

/** What the main thread asks for: a fresh session, an exchange of wire messages, or the end. */
export type EngineRequest =
  | { readonly id: number; readonly kind: 'reset' }
  | { readonly id: number; readonly kind: 'exchange'; readonly message: Uint8Array }
  | { readonly id: number; readonly kind: 'close' };

/** `id` is that of the request; 0 reports that the database is up. */
export type EngineReply =
  { readonly id: number; readonly answer: Uint8Array } | { readonly id: number; readonly error: string };

/** Fresh each time: whatever is sent is transferred, and gone here. */
const nothing = () => new Uint8Array(0);

if (parentPort === null) throw new Error('this module is a worker');
const port = parentPort;
const { directory, code } = workerData as EngineStart;
const database = await PGlite.create({ dataDir: directory, pgliteWasmModule: code });

async function perform(request: EngineRequest): Promise<Uint8Array> {
  switch (request.kind) {
    case 'exchange':
      // The answer is a view of the engine's memory, which the next exchange overwrites.
      return (await database.execProtocolRaw(request.message)).slice();
    case 'reset':
      // There is one session for ever: a connection must not inherit what the last one left open.
      await database.exec('ROLLBACK');
      await database.exec('DISCARD ALL');
      return nothing();
    case 'close':
      await database.close();
      return nothing();
  }
}

function reply(message: EngineReply): void {
  port.postMessage(message, 'answer' in message ? [message.answer.buffer as ArrayBuffer] : []);
}

async function serve(request: EngineRequest): Promise<void> {
  try {
    reply({ id: request.id, answer: await perform(request) });
  } catch (error) {
    reply({ id: request.id, error: String(error) });
  }
  if (request.kind === 'close') port.close();
}

port.on('message', (request: EngineRequest) => void serve(request));
reply({ id: 0, answer: nothing() });
