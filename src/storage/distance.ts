/** How far away the database is, by what its answers have taken of late. */
export interface Distance {
  /** An answer took so long, milliseconds. */
  note(tookMs: number): void;
  /** About one trip there and back, milliseconds. */
  roundTripMs(): number;
}

/** Few enough that a line that has become longer, or shorter, is noticed within seconds of an idle instance's polls. */
const REMEMBERED = 6;

/**
 * The fastest of the last answers: no answer comes faster than the line allows, and among so many one is to a question
 * that took no work.
 */
export function createDistance(firstMs: number): Distance {
  let last = [firstMs];
  let fastestMs = firstMs;
  return {
    note(tookMs) {
      last = [...last.slice(1 - REMEMBERED), tookMs];
      fastestMs = Math.min(...last);
    },
    roundTripMs: () => fastestMs,
  };
}
