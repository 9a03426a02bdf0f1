import type { ServerResponse } from 'node:http';
import { SLOW_CONSUMER_MS } from '../../system/endable.ts';
import type { Timers } from '../../system/timers.ts';

/**
 * Resolves when there is room for more of an answer, or nobody reads it any more. A client that leaves what was sent
 * unread for `patienceMs` is cut off.
 */
export async function roomIn(
  response: ServerResponse,
  timers: Timers,
  patienceMs = SLOW_CONSUMER_MS,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _patience = timers.after(patienceMs, () => response.destroy());
  response.once('drain', resolve).once('close', resolve);
  await promise;
  response.off('drain', resolve).off('close', resolve);
}
