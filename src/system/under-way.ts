/** The calls that this instance is carrying out, so that one that stops lets go of nothing that they still need. */
export interface CallsUnderWay {
  /** Follows a call until it has ended, well or not; returns it. */
  follow<T>(call: Promise<T>): Promise<T>;
  count(): number;
  /** Resolves when all have ended, those that began meanwhile included. */
  ended(): Promise<void>;
}

/** None yet. */
export function createCallsUnderWay(): CallsUnderWay {
  const following = new Set<Promise<void>>();
  return {
    follow(call) {
      const end = () => void following.delete(ended);
      const ended = call.then(end, end);
      following.add(ended);
      return call;
    },
    count: () => following.size,
    async ended() {
      while (following.size > 0) await Promise.all(following);
    },
  };
}
