/** Lets few in at once; the others wait in the order in which they came. */
export interface Turnstile {
  /** Resolves with a place, to be given back by disposing of it. */
  enter(): Promise<Disposable>;
}

/** A turnstile with so many places. */
export function createTurnstile(places: number): Turnstile {
  const waiting: (() => void)[] = [];
  let free = places;

  function place(): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      },
    };
  }

  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return place();
    },
  };
}
