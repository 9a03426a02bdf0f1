import type { Clock } from '../../system/clock.ts';
import type { Distance } from '../distance.ts';
import type { StatementEar } from './database-outage.ts';
import type { Hear } from './heard-adapter.ts';

/** Takes note of every statement, until the end: what fails from then on fails because of that. */
export function createHearing(
  ear: StatementEar,
  distance: Distance,
  clock: Clock,
): { readonly hear: Hear; readonly end: () => void } {
  let ended = false;
  return {
    async hear(sql, statement) {
      const startedMs = clock.monotonicMs();
      try {
        const result = await statement();
        distance.note(clock.monotonicMs() - startedMs);
        ear.succeeded(sql);
        return result;
      } catch (error) {
        if (!ended) ear.failed(sql, startedMs, error);
        throw error;
      }
    },
    end: () => void (ended = true),
  };
}
