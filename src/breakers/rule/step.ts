import {
  shownState,
  type Breaker,
  type BreakerControl,
  type BreakerHistory,
  type BreakerPhase,
  type Transition,
} from './breaker.ts';

/** What an event has made of a breaker. */
export interface Step {
  /** The same object as before: nothing changed, and nothing need be written. Its history is still the old one. */
  readonly breaker: Breaker;
  /** Null: it is in the same state under the same word, though its data may have changed. */
  readonly transition: Transition | null;
  /** What has become of its history, by the clock of the step: for `historyAfter`. */
  readonly stamps: Stamps;
}

/** Those instants of a history that an event sets, on the holder's clock. */
export type Stamps = { readonly [Name in keyof BreakerHistory]?: number };

/** Why the machine moves, as the transitions table and people read it. */
export const machineReasons = {
  tripped: 'too many failures in a row',
  coolOffOver: 'the cool-off is over',
  probeSucceeded: 'the probe succeeded',
  probeFailed: 'the probe failed',
  cleared: 'cleared by probe',
  modeEnded: 'the mode has reached its end',
} as const;

/** Nothing happens. */
export function stay(breaker: Breaker): Step {
  return { breaker, transition: null, stamps: {} };
}

/** New data in the same state: a revision, but no generation, so that outcomes of calls under way still count. */
export function keep(breaker: Breaker, phase: BreakerPhase, stamps: Stamps = {}): Step {
  return { breaker: { ...breaker, revision: breaker.revision + 1, phase }, transition: null, stamps };
}

/** What a transition is made of; the machine's own leave `control` and `actor` out. */
export interface Move {
  readonly now: number;
  readonly phase: BreakerPhase;
  readonly control?: BreakerControl;
  readonly actor?: string;
  readonly reason: string;
  /** What the event says of the history beside what the transition itself does. */
  readonly stamps?: Stamps;
}

/** A transition: a generation begins, and outcomes of calls that were admitted before it no longer count. */
export function move(
  before: Breaker,
  { now, phase, control = { mode: 'AUTO' }, actor, reason, stamps }: Move,
): Step {
  const generation = before.generation + 1;
  // An open breaker may open anew, for longer; with the same phase it only goes on.
  const opened = phase.state === 'OPEN' && phase !== before.phase;
  const breaker: Breaker = {
    ...before,
    revision: before.revision + 1,
    generation,
    tripCount: before.tripCount + (opened ? 1 : 0),
    phase,
    control,
  };
  const [from, to] = [shownState(before), shownState(breaker)];
  return {
    breaker,
    transition: { from, to, mode: control.mode, actor: actor ?? null, reason, generation },
    stamps: {
      ...(to === 'OPEN' && (opened || from !== to) ? { openedAt: now } : {}),
      ...(to === 'HALF_OPEN' && from !== to ? { halfOpenAt: now } : {}),
      ...(to === 'CLOSED' && from !== to ? { closedAt: now } : {}),
      ...stamps,
    },
  };
}

/** The history after a step. `toWall` turns instants of the step's clock into the database's. */
export function historyAfter({ breaker, stamps }: Step, toWall: (at: number) => number): BreakerHistory {
  const history = { ...breaker.history };
  for (const name of Object.keys(stamps) as (keyof Stamps)[]) {
    const at = stamps[name];
    if (at === undefined) continue;
    const isLast = name === 'lastFailureAt' || name === 'lastSuccessAt';
    // Outcomes may be written in another order than that in which they came.
    history[name] = isLast ? Math.max(history[name] ?? -Infinity, toWall(at)) : toWall(at);
  }
  return history;
}
