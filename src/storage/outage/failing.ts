/** What fails at present, by the texts of statements. */
export interface Failing {
  /** It has failed, at this instant. */
  note(name: string, nowMs: number): void;
  /** It has not; with it goes what lapses by now. */
  clear(name: string, nowMs: number): void;
  any(): boolean;
}

/** The connections, beside the statements. */
export const CONNECTION = '';

/**
 * What has not failed for so long is over when something else succeeds: whoever met it may never ask again, and the
 * sweepers, which write every half a minute, would have met it.
 */
const LAPSE_MS = 90_000;

/** So many are remembered, the last ones. */
const MOST = 64;

/** Nothing fails. */
export function createFailing(): Failing {
  const lastFailedMs = new Map<string, number>();
  return {
    note(name, nowMs) {
      lastFailedMs.delete(name);
      lastFailedMs.set(name, nowMs);
      for (const oldest of lastFailedMs.keys()) {
        if (lastFailedMs.size <= MOST) break;
        lastFailedMs.delete(oldest);
      }
    },
    clear(name, nowMs) {
      lastFailedMs.delete(name);
      for (const [other, failedMs] of lastFailedMs) {
        if (nowMs - failedMs > LAPSE_MS) lastFailedMs.delete(other);
      }
    },
    any: () => lastFailedMs.size > 0,
  };
}
