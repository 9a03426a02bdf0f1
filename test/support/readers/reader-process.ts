import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('reader-main.ts', import.meta.url));

/** What the process is told: to read so many at once, or, with none, to end what it has begun. */
export interface ReadersTold {
  readonly atOnce: number;
  readonly url: string;
  readonly key: string;
}

/** What it says when it has done so. */
export interface ReadersToldOf {
  readonly answered: number;
  /** Of errors other than that too much was asked for. */
  readonly messages: readonly string[];
}

/** Clients who read what costs most, without a pause, in a process of their own: what they reckon delays nobody here. */
export interface Readers extends AsyncDisposable {
  start(): Promise<void>;
  /** Resolves when all that was begun is answered. */
  stop(): Promise<ReadersToldOf>;
}

/** Starts the process; nothing is read yet. */
export function startReaders(server: { readonly url: string }, key: string, atOnce: number): Readers {
  const child = fork(main, { stdio: 'inherit' });
  const ended = once(child, 'exit');
  const tell = async (told: ReadersTold) => {
    const answer = once(child, 'message');
    child.send(told);
    return ((await answer) as [ReadersToldOf])[0];
  };
  return {
    start: async () => void (await tell({ atOnce, url: server.url, key })),
    stop: () => tell({ atOnce: 0, url: server.url, key }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
