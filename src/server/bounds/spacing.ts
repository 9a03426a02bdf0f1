import type { Timers } from '../../system/timers.ts';

/** Has what one holder asks for done one after the other, with time for everybody else's in between. */
export interface Spacing {
  /** Resolves when it is the holder's turn again, in the order in which it asks. */
  pass(holder: string, timers: Timers): Promise<void>;
}

/** Nobody has passed yet; from one turn of a holder's to its next it takes so many milliseconds. */
export function createSpacing(spacingMs: number): Spacing {
  const ends = new Map<string, Promise<void>>();
  return {
    pass(holder, timers) {
      const before = ends.get(holder) ?? Promise.resolve();
      const end = before.then(() => new Promise<void>((resolve) => void timers.after(spacingMs, resolve)));
      ends.set(holder, end);
      void end.then(() => ends.get(holder) === end && ends.delete(holder));
      return before;
    },
  };
}
