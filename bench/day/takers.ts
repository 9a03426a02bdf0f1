import type { World } from './world.ts';

/** How many calls limited models still take, for one router. */
export interface Takers {
  /** Whether a model takes a call at a moment; counts it if so. */
  takes(index: number, atMs: number): boolean;
}

/** A limited model takes a sixth of its minute at once, and no more than the minute's rate after that. */
export function createTakers({ conditionOf }: Pick<World, 'conditionOf'>): Takers {
  const left = new Map<number, { calls: number; atMs: number }>();
  return {
    takes(index, atMs) {
      const { perMinute } = conditionOf(index, atMs);
      if (perMinute === null) return true;
      const most = perMinute / 6;
      const bucket = left.get(index) ?? { calls: most, atMs };
      const refilled = bucket.calls + ((atMs - bucket.atMs) * perMinute) / 60_000;
      const calls = Math.min(most, refilled);
      const isTaken = calls >= 1;
      left.set(index, { calls: isTaken ? calls - 1 : calls, atMs });
      return isTaken;
    },
  };
}
