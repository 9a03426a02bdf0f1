import { nextTurn } from '../system/turn.node.ts';

/** Keeps streams from taking the process for themselves: what is sent to thousands at once is sent in many turns. */
export interface Pace {
  /** Undefined: go on. Otherwise resolves when it is one's turn; who waits goes on in the order of arrival. */
  pass(): Promise<void> | undefined;
}

/** Lets so many through before the process attends to its other work. */
export function createPace(perTurn: number): Pace {
  const waiting: (() => void)[] = [];
  let left = perTurn;
  let isCounting = false;

  function count(): void {
    if (isCounting) return;
    isCounting = true;
    void nextTurn().then(() => {
      isCounting = false;
      const released = waiting.splice(0, perTurn);
      left = perTurn - released.length;
      if (released.length > 0) count();
      for (const go of released) go();
    });
  }

  return {
    pass() {
      count();
      if (left === 0) return new Promise((resolve) => void waiting.push(resolve));
      left -= 1;
      return undefined;
    },
  };
}
