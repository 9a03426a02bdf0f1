/**
 * Chance that depends on nothing but what is asked for: each router meets the same luck with the same call, whatever
 * it has done before, so that their results differ by their choices alone.
 */
export interface Draws {
  /** Uniform in [0, 1), always the same for the same numbers. */
  uniform(...numbers: readonly number[]): number;
  /** Normal, mean 0 and deviation 1, likewise. */
  normal(...numbers: readonly number[]): number;
}

/** The chance of one seed. */
export function createDraws(seed: number): Draws {
  function uniform(...numbers: readonly number[]): number {
    let state = seed | 0;
    for (const number of numbers) state = mix(state ^ Math.imul(number | 0, 0x9e3779b1));
    return (mix(state) >>> 0) / 2 ** 32;
  }
  return {
    uniform,
    normal(...numbers) {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform(...numbers, 1)));
      return radius * Math.cos(2 * Math.PI * uniform(...numbers, 2));
    },
  };
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain). */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
