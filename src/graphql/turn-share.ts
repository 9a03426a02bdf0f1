import { nodeClock } from '../system/clock.node.ts';
import { nextTurn } from '../system/turn.node.ts';

/** A share of each turn of the event loop, for work that comes in many small pieces. */
export interface TurnShare {
  /** Undefined: go on. Otherwise resolves when it is one's turn; who waits goes on in the order of arrival. */
  pass(): Promise<void> | undefined;
  /** As `pass`, for pieces that are asked for all at once, before any of them has taken its time. */
  queue(): Promise<void>;
}

/** Pieces that go on in one turn, however little they take. */
const MOST_A_TURN = 64;

/**
 * Lets pieces of work go on, one after the other, for so many milliseconds of a turn; then the process attends to its
 * other work first. What a piece takes is known when it is over, so that a turn is longer by one piece at most.
 */
export function createTurnShare(shareMs: number, monotonicMs = nodeClock.monotonicMs): TurnShare {
  const waiting: (() => void)[] = [];
  /** Since when pieces go on in this turn; undefined: none has for a turn, and none waits. */
  let sinceMs: number | undefined;

  const hasTime = () => sinceMs !== undefined && monotonicMs() - sinceMs < shareMs;
  const letPass = () => (hasTime() ? waiting.shift() : undefined)?.();

  /** Begins the share of this turn; the next one has its own. */
  function begin(): void {
    sinceMs = monotonicMs();
    void nextTurn().then(goOn);
  }

  function goOn(): void {
    sinceMs = undefined;
    if (waiting.length === 0) return;
    begin();
    // Each of these comes when everything that the one before led to waits for something: only so is it known what it took.
    for (let count = Math.min(waiting.length, MOST_A_TURN); count > 0; count -= 1) {
      void nextTurn().then(letPass);
    }
    letPass();
  }

  const queue = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (sinceMs === undefined) begin();
    });

  return {
    queue,
    pass() {
      if (sinceMs === undefined) begin();
      return waiting.length === 0 && hasTime() ? undefined : queue();
    },
  };
}
