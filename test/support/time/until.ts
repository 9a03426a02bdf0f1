import { vi } from 'vitest';
import { LONGEST_WAIT_MS } from './in-time.ts';

/** Resolves when a condition holds; rejects when it does not in time, or when asking for it fails. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = LONGEST_WAIT_MS,
): Promise<void> {
  await vi.waitUntil(condition, { timeout: timeoutMs, interval: 50 });
}
