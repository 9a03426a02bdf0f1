/** Work that has begun and not ended, so that whoever stops lets go of nothing that it still needs. */
export interface UnderWay {
  /** Follows a piece of work until it has ended, well or not; returns it. */
  follow<T>(work: Promise<T>): Promise<T>;
  count(): number;
  /** Resolves when all have ended, those that began meanwhile included. */
  ended(): Promise<void>;
}

/** Keeps nothing of work that has ended. */
export function createUnderWay(): UnderWay {
  const following = new Set<Promise<void>>();
  return {
    follow(work) {
      const end = () => void following.delete(ended);
      const ended = work.then(end, end);
      following.add(ended);
      return work;
    },
    count: () => following.size,
    async ended() {
      while (following.size > 0) await Promise.all(following);
    },
  };
}
