/** Bounds how many of something anybody holds at once. */
export interface Caps<Holder> {
  /** One more, until it is disposed of; undefined: the holder has as many as it may. */
  take(holder: Holder): Disposable | undefined;
  /** How many it holds. */
  count(holder: Holder): number;
}

/** Nobody holds anything yet; each may hold `most`. Keeps nothing of those who hold nothing. */
export function createCaps<Holder = string>(most: number): Caps<Holder> {
  const held = new Map<Holder, number>();
  const count = (holder: Holder) => held.get(holder) ?? 0;
  return {
    count,
    take(holder) {
      const before = count(holder);
      if (before >= most) return undefined;
      held.set(holder, before + 1);
      let isHeld = true;
      return {
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          const left = count(holder) - 1;
          if (left > 0) held.set(holder, left);
          else held.delete(holder);
        },
      };
    },
  };
}
