import type { Clock } from '../../system/clock.ts';
import { repeat } from '../../system/repeat.ts';
import type { Timers } from '../../system/timers.ts';
import type { BreakerRule } from '../rule/breaker.ts';
import { isSuspected } from '../rule/suspicion.ts';
import { Activity } from './activity.ts';
import type { BreakerBoard } from './board.service.ts';

/**
 * Has a breaker that one tenant's calls have opened looked into at once, where this instance knows that others were
 * answered by the model until then. Every instance knows that of its own callers alone; the first to know wins the
 * probe, and there is one.
 */
export interface Clearing extends AsyncDisposable {
  /** Whether a call with a prompt of our own may try the model before the cool-off is over. */
  mayClear(key: string): boolean;
  /** A breaker may have opened. */
  consider(key: string): void;
  /** The model has answered a call of this tenant's. */
  noteAnswer(key: string, tenant: string): void;
  /** Has the listener called when a call with a prompt of our own is wanted, and again while nobody makes it. */
  onWanted(listener: (key: string) => void): void;
}

/** A trip of which no word arrived is found by the board's poll, and then within so long. */
export const CLEARING_BEAT_MS = 1_000;

export interface ClearingOptions {
  readonly board: BreakerBoard;
  readonly rule: BreakerRule;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Looks after every breaker of the board. */
export function createClearing({ board, rule, clock, timers }: ClearingOptions): Clearing {
  const activity = new Activity();
  const listeners: ((key: string) => void)[] = [];

  function mayClear(key: string): boolean {
    const breaker = board.find(key);
    if (breaker === undefined || breaker.control.mode !== 'AUTO') return false;
    const { phase } = breaker;
    const now = clock.monotonicMs();
    if (!isSuspected(phase, now)) return false;
    return now - activity.lastOfOthersMs(key, phase.suspicion.tenant) <= rule.windowMs;
  }

  function consider(key: string): void {
    if (mayClear(key)) for (const listener of listeners) listener(key);
  }

  const beating = repeat(timers, CLEARING_BEAT_MS, async () => {
    for (const { key } of board.known()) consider(key);
  });
  return {
    mayClear,
    consider,
    noteAnswer: (key, tenant) => activity.note(key, tenant, clock.monotonicMs()),
    onWanted: (listener) => void listeners.push(listener),
    [Symbol.asyncDispose]: () => beating[Symbol.asyncDispose](),
  };
}
