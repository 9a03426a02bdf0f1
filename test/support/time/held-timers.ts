import { nodeTimers } from '../../../src/system/timers.node.ts';
import type { Timers } from '../../../src/system/timers.ts';

/** Node's timers, but for tasks of one delay: those wait until a test lets them run. */
export interface HeldTimers {
  readonly timers: Timers;
  /** Runs what waits by now. */
  release(): void;
}

/** Holds every task that is to run after `heldMs`. */
export function createHeldTimers(heldMs: number): HeldTimers {
  const held = new Set<() => void>();
  return {
    timers: {
      after(delayMs, task) {
        if (delayMs !== heldMs) return nodeTimers.after(delayMs, task);
        held.add(task);
        return { [Symbol.dispose]: () => void held.delete(task) };
      },
      wait: (delayMs, signal) => nodeTimers.wait(delayMs, signal),
    },
    release() {
      const tasks = [...held];
      held.clear();
      for (const task of tasks) task();
    },
  };
}
