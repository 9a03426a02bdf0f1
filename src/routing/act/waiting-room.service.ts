import type { HeldPlace } from '../../limits/places/places.ts';
import type { Places, PlaceTarget } from '../../limits/places/places.service.ts';
import { onAbort, unlessAborted } from '../../system/abort.ts';
import type { Timers } from '../../system/timers.ts';

/** A call's turn to try a model that others wait for too. Disposing of it lets the next one. */
export type Turn = Disposable;

/**
 * Where calls wait for a model that recovers within their time: for each model one is let out when it is time, the
 * next when that one has ended, so that a model that comes back is not met by everybody who waited. Once its breaker
 * has closed it is known to be back, and all go on.
 */
export interface WaitingRoom {
  /**
   * Resolves with the call's turn; null when the room is full. Rejects with the signal's reason when that aborts.
   */
  enter(key: string, terms: WaitTerms, signal: AbortSignal): Promise<Turn | null>;
  /**
   * Resolves with a place for a call of the first of these models that has one; null when the room is full. Rejects with
   * the signal's reason when that aborts.
   */
  awaitPlace(targets: readonly PlaceTarget[], signal: AbortSignal): Promise<HeldPlace | null>;
  /** Milliseconds until a model may be called, as far as is known; 0: now. */
  waitMsOf(key: string): number;
  /** Calls that wait. */
  count(): number;
}

/** Why a call waits. */
export interface WaitTerms {
  /** No turn before so many milliseconds from now, whatever the model's own state says. */
  readonly floorMs: number;
  /** The model's breaker kept the call from it, though it may have closed by now. */
  readonly isShut: boolean;
}

/** A model may recover sooner than was told: another instance's probe has closed its breaker, or a mark was lifted. */
const LOOK_AGAIN_MS = 1_000;

/** The most calls that wait on an instance: each holds its request in memory. */
export const MOST_WAITING = 1_000;

export interface WaitingRoomOptions {
  readonly timers: Timers;
  /** Milliseconds until a model may be called; 0: now. A new 429 lengthens it for everybody who waits. */
  readonly waitMsOf: (key: string) => number;
  /** Whether a model's breaker keeps calls away, all or all but one. */
  readonly isShut: (key: string) => boolean;
  /** Has the listener called when a model's breaker may have changed. Some changes go by unheard. */
  readonly onBreaker: (listener: (key: string) => void) => void;
  readonly places: Pick<Places, 'wait'>;
}

/** Keeps a line for each model, of this instance's calls alone: another instance lets out its own. */
export function createWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { timers, waitMsOf, isShut, onBreaker, places } = options;
  const last = new Map<string, Promise<void>>();
  /** Those to be called when a model's breaker may have changed. */
  const watching = new Map<string, Set<() => void>>();
  let waiting = 0;
  onBreaker((key) => {
    for (const wake of [...(watching.get(key) ?? [])]) wake();
  });

  /** Waits until a model may be called; waits on when it turns out that it still may not. */
  async function recovery(key: string, floor: Promise<void>, signal: AbortSignal): Promise<void> {
    await floor;
    for (let waitMs = waitMsOf(key); waitMs > 0; waitMs = waitMsOf(key)) {
      await timers.wait(Math.min(waitMs, LOOK_AGAIN_MS), signal);
    }
    signal.throwIfAborted();
  }

  /** Resolves when a model's breaker may have changed, at the latest when it is time to look again, or on abort. */
  async function change(key: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wakes = watching.get(key) ?? new Set();
    watching.set(key, wakes.add(resolve));
    using _timer = timers.after(LOOK_AGAIN_MS, resolve);
    using _listening = onAbort(signal, resolve);
    await promise;
    if (wakes.delete(resolve) && wakes.size === 0) watching.delete(key);
  }

  /** Waits until a breaker that was shut meanwhile has closed, and nothing else keeps calls from the model. */
  async function closing(key: string, isShutAtEntry: boolean, signal: AbortSignal): Promise<void> {
    for (let wasShut = isShutAtEntry; ;) {
      signal.throwIfAborted();
      if (isShut(key)) wasShut = true;
      else if (wasShut && waitMsOf(key) === 0) return;
      await change(key, signal);
    }
  }

  return {
    waitMsOf,
    count: () => waiting,
    async awaitPlace(targets, signal) {
      if (waiting >= MOST_WAITING) return null;
      waiting += 1;
      try {
        return await places.wait(targets, signal);
      } finally {
        waiting -= 1;
      }
    },
    async enter(key, { floorMs, isShut: wasShut }, signal) {
      if (waiting >= MOST_WAITING) return null;
      waiting += 1;
      const before = last.get(key);
      const ended = Promise.withResolvers<void>();
      const own = ended.promise;
      last.set(key, own);
      const leave = () => {
        ended.resolve();
        if (last.get(key) === own) last.delete(key);
      };
      // From its entry on: who was refused at its turn and comes again behind others must not get the next at once.
      // Otherwise two such calls would hand it to each other, and the process would do nothing else.
      const floor = timers.wait(floorMs, signal);
      floor.catch(() => undefined);
      // Whoever waits behind waits for the ones before, too, when this one goes out of turn.
      const giveWay = () => (before === undefined ? leave() : void before.then(leave));
      const going = new AbortController();
      const until = AbortSignal.any([signal, going.signal]);
      const turn = async () => {
        if (before !== undefined) await unlessAborted(before, until);
        await recovery(key, floor, until);
      };
      try {
        await firstOf(
          turn(),
          floor.then(() => closing(key, wasShut, until)),
        );
        return { [Symbol.dispose]: giveWay };
      } catch (error) {
        giveWay();
        throw error;
      } finally {
        going.abort();
        waiting -= 1;
      }
    },
  };
}

/** As `Promise.race`; that the slower one is called off is nobody's failure. */
function firstOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  one.catch(() => undefined);
  other.catch(() => undefined);
  return Promise.race([one, other]);
}
