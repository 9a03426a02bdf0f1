import type { Timers } from './timers.ts';

/** Waits for the end of `work`, but no longer than `limitMs`; rejects when it fails in that time. */
export async function waitAtMost(work: Promise<unknown>, limitMs: number, timers: Timers): Promise<void> {
  using stack = new DisposableStack();
  const late = new Promise<void>((resolve) => void stack.use(timers.after(limitMs, resolve)));
  await Promise.race([work, late]);
}
