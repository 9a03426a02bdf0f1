/** Lets few in at once; the others wait in the order in which they came. */
export interface Semaphore {
  /** Resolves with a permit, to be given back by disposing of it. */
  acquire(): Promise<Disposable>;
}

/** A semaphore with so many permits. */
export function createSemaphore(permits: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = permits;

  function permit(): Disposable {
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
    async acquire() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return permit();
    },
  };
}
