import {
  shownState,
  type Breaker,
  type BreakerControl,
  type BreakerPhase,
  type Transition,
} from './breaker.ts';

/** What an event has made of a breaker. */
export interface Step {
  /** The same object as before: nothing changed, and nothing need be written. */
  readonly breaker: Breaker;
  /** Null: it is in the same state under the same word, though its data may have changed. */
  readonly transition: Transition | null;
}

/** Why the machine moves, as the transitions table and people read it. */
export const machineReasons = {
  tripped: 'too many failures in a row',
  coolOffOver: 'the cool-off is over',
  probeSucceeded: 'the probe succeeded',
  probeFailed: 'the probe failed',
  modeEnded: 'the mode has reached its end',
} as const;

/** Nothing happens. */
export function stay(breaker: Breaker): Step {
  return { breaker, transition: null };
}

/** New data in the same state: others must hear of it, and no outcome grows old by it. */
export function keep(breaker: Breaker, phase: BreakerPhase): Step {
  return { breaker: { ...breaker, revision: breaker.revision + 1, phase }, transition: null };
}

/** What a transition is made of; the machine's own leave `control` and `actor` out. */
export interface Move {
  readonly phase: BreakerPhase;
  readonly control?: BreakerControl;
  readonly actor?: string;
  readonly reason: string;
}

/** A transition: a generation begins, and outcomes of calls that were admitted before it no longer count. */
export function move(before: Breaker, { phase, control = { mode: 'AUTO' }, actor, reason }: Move): Step {
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
  const transition: Transition = {
    from: shownState(before),
    to: shownState(breaker),
    mode: control.mode,
    actor: actor ?? null,
    reason,
    generation,
  };
  return { breaker, transition };
}
