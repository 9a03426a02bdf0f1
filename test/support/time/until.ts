import { vi } from 'vitest';

/** How long a test waits for what must come, on a machine that is busy otherwise, before it gives up. */
export const LONGEST_WAIT_MS = 30_000;

/** Resolves when a condition holds; rejects when it does not in time, or when asking for it fails. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = LONGEST_WAIT_MS,
): Promise<void> {
  await vi.waitUntil(condition, { timeout: timeoutMs, interval: 20 });
}
