import { createNumbers } from '../seeded-numbers.ts';

/** Draws that a seed decides, so that what was found can be found again. */
export interface Picker {
  /** One of `least` to `most`, both included. */
  int(least: number, most: number): number;
  /** One of a list that has some. */
  pick<T>(list: readonly T[]): T;
  /** True so often, 0..1. */
  chance(share: number): boolean;
  /** So many of what a draw makes. */
  times<T>(count: number, draw: (index: number) => T): T[];
}

export function createPicker(seed: number): Picker {
  const number = createNumbers(seed);
  const int = (least: number, most: number) => least + Math.floor(number() * (most - least + 1));
  return {
    int,
    pick: (list) => list[int(0, list.length - 1)]!,
    chance: (share) => number() < share,
    times: (count, draw) => Array.from({ length: count }, (_, index) => draw(index)),
  };
}
