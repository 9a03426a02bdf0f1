import { setTimeout as delay } from 'node:timers/promises';
import type { Timers } from './timers.ts';

/** Node's timers. They never keep the process alive by themselves: what is open (sockets, pools) does. */
export const nodeTimers: Timers = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  async wait(delayMs, signal) {
    try {
      await delay(delayMs, undefined, { signal: signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
