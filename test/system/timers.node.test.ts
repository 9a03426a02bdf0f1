import { expect, test, vi } from 'vitest';
import { nodeTimers } from '../../src/system/timers.node.ts';

const TWO_MONTHS_MS = 60 * 86_400_000;

test('what is due in months does not come at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const task = vi.fn();
    using _ = nodeTimers.after(TWO_MONTHS_MS, task);
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(task).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});
