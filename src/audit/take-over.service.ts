import type { Spool } from './spool.ts';

/** So many are in memory at once. */
const BATCH = 256;

/**
 * Hands on all that waits in a spool which nobody serves any more, oldest first, and forgets it there. Resolves with how
 * many there were. When `take` rejects, so does this: what it has not taken stays. What it has taken may be handed on again after a crash.
 */
export async function takeOver(
  from: Spool,
  take: (records: readonly Uint8Array[]) => Promise<unknown>,
): Promise<number> {
  let count = 0;
  while (!from.isEmpty()) {
    const { records, end } = await from.peek(BATCH);
    await take(records);
    await from.discard(end);
    count += records.length;
  }
  return count;
}
