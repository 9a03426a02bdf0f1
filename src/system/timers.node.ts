import { setTimeout as delay } from 'node:timers/promises';
import type { Timers } from './timers.ts';

/** Node takes a longer delay, almost 25 days, for none at all. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Node's timers; what is due later than they can wait for comes when they no longer can. They never keep the process alive by themselves: what is open (sockets, pools) does. */
export const nodeTimers: Timers = {
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, LONGEST_DELAY_MS)).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  async wait(delayMs, signal) {
    try {
      await delay(Math.min(delayMs, LONGEST_DELAY_MS), undefined, { signal: signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
