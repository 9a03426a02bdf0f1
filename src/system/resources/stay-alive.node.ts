import { MessageChannel } from 'node:worker_threads';

/** Keeps this process alive until disposed of, although nothing of its own is open. */
export function stayAlive(): Disposable {
  // One end of a channel that nobody speaks into counts as something that is open.
  const { port1 } = new MessageChannel();
  port1.ref();
  return { [Symbol.dispose]: () => port1.close() };
}
