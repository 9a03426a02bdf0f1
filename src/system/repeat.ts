import type { Timers } from './timers.ts';

/**
 * Does something again and again until it is disposed of, each time `intervalMs` after the time before has ended.
 * Disposing waits for what is under way. `work` reports its failures itself and never rejects.
 */
export function repeat(timers: Timers, intervalMs: number, work: () => Promise<void>): AsyncDisposable {
  let closed = false;
  let running = Promise.resolve();
  let timer = timers.after(intervalMs, tick);
  function tick(): void {
    running = work().then(() => {
      if (!closed) timer = timers.after(intervalMs, tick);
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      timer[Symbol.dispose]();
      await running;
    },
  };
}
