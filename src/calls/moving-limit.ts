import type { Clock } from '../system/clock.ts';
import type { Timers } from '../system/timers.ts';

/**
 * A limit of time that is moved with every part of a stream. One timer serves them all: most are moved on before they
 * are reached, and a timer for each part would cost more than to read it.
 */
export class MovingLimit<Reason> implements Disposable {
  readonly #timers: Timers;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #timer: Disposable | undefined;
  /** When the timer runs out. */
  #timerAtMs = Infinity;
  /** What holds now; undefined: nothing. */
  #set:
    | { readonly atMs: number; readonly reason: Reason; readonly reached: (reason: Reason) => void }
    | undefined;

  constructor(timers: Timers, clock: Pick<Clock, 'monotonicMs'>) {
    this.#timers = timers;
    this.#clock = clock;
  }

  /** Has `reached` told at this instant of the monotonic clock, unless it is moved or lifted before. */
  set(atMs: number, reason: Reason, reached: (reason: Reason) => void): void {
    this.#set = { atMs, reason, reached };
    if (atMs < this.#timerAtMs) this.#wait(atMs);
  }

  /** Nothing is limited now. */
  lift(): void {
    this.#set = undefined;
  }

  [Symbol.dispose](): void {
    this.lift();
    this.#timer?.[Symbol.dispose]();
  }

  #wait(atMs: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timerAtMs = atMs;
    this.#timer = this.#timers.after(Math.max(0, atMs - this.#clock.monotonicMs()), () => this.#look());
  }

  /** The timer has run out. It may have been early by less than it can tell. */
  #look(): void {
    this.#timerAtMs = Infinity;
    const limit = this.#set;
    if (limit === undefined) return;
    if (limit.atMs - this.#clock.monotonicMs() >= 1) return this.#wait(limit.atMs);
    this.#set = undefined;
    limit.reached(limit.reason);
  }
}
