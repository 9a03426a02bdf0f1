import type { Timers } from '../system/timers.ts';

/** Waits for the end of `work`, but no longer than `limitMs`; rejects when it fails in that time. */
export async function within(work: Promise<unknown>, limitMs: number, timers: Timers): Promise<void> {
  const late = Promise.withResolvers<void>();
  using _timer = timers.after(limitMs, late.resolve);
  await Promise.race([work, late.promise]);
}
