import { InvalidInputError } from '../expected-error.ts';

/**
 * Refuses one more of what there are `present` already, when that is as many as there may be: what every instance
 * keeps in memory, and reads again with each change, has a bound. `what` finishes the sentence "there are … ".
 */
export function requireRoom(present: number, most: number, what: string, path: readonly string[] = []): void {
  if (present < most) return;
  throw new InvalidInputError([
    { path, message: `there are ${present} ${what}, and may be at most ${most}` },
  ]);
}
