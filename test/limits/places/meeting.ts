import { encodeRow, type PartExchange, type RemoteUpdate } from '../../../src/fleet/replication.ts';
import type { Clock } from '../../../src/system/clock.ts';

/** The place where instances of a test meet, as fast as they ask, by a clock that a test moves. */
export function createMeeting(clock: Clock) {
  const told: (Omit<RemoteUpdate, 'ageMs' | 'leftMs'> & {
    readonly atMs: number;
    readonly holdsMs: number;
  })[] = [];
  const listeners: (() => void)[] = [];
  return {
    /** Has everybody look. */
    hint: () => listeners.forEach((listener) => listener()),
    onHint: (listener: () => void) => void listeners.push(listener),
    /** The way there of one of them. */
    of(author: string): PartExchange {
      let read = 0;
      return {
        exchange(updates) {
          const now = clock.monotonicMs();
          for (const { kind, name, row, holdsMs } of updates) {
            told.push({ author, kind, name, text: encodeRow(row), atMs: now, holdsMs });
          }
          const fresh = told.slice(read).filter((one) => one.author !== author);
          read = told.length;
          const remote = fresh.map(({ atMs, holdsMs, ...one }) => ({
            ...one,
            ageMs: now - atMs,
            leftMs: holdsMs - (now - atMs),
          }));
          return Promise.resolve({ updates: remote, hasMore: false, startsAnew: false });
        },
      };
    },
  };
}
