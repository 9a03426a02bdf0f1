import type { BusEvent } from '../../events/bus.ts';
import type { Writing } from './writing.ts';

/**
 * What is to be told of writings that have been committed: for each tenant whose decisions have ended, the place of
 * the last end. `seqs` holds the seq of each writing's entry, as `recordWritings` returns them.
 */
export function endedEvents(
  writings: readonly Pick<Writing, 'kind' | 'draft'>[],
  seqs: readonly (number | null)[],
): BusEvent[] {
  const newest = new Map<string, number>();
  for (const [index, { kind, draft }] of writings.entries()) {
    const seq = seqs[index] ?? null;
    if (kind !== 'completed' || seq === null) continue;
    newest.set(draft.tenantId, Math.max(seq, newest.get(draft.tenantId) ?? 0));
  }
  return [...newest].map(([key, seq]) => ({ topic: 'decisions', key, seq }));
}
