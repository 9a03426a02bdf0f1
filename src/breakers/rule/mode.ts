import type { Breaker, BreakerControl, BreakerMode, BreakerPhase } from './breaker.ts';
import { machineReasons, move, stay, type Step } from './step.ts';

/** Who wants it, why, and of which breaker they were thinking. */
export interface OperatorRequest {
  /** The one that the operator saw; when it is no longer that, the request is refused. */
  readonly generation: number;
  readonly actor: string;
  readonly reason: string;
}

/** An operator's wish to decide, or to let the machine decide again. */
export interface ModeRequest extends OperatorRequest {
  readonly mode: BreakerMode;
  /** For how long, milliseconds; null: until further notice. AUTO has no end. */
  readonly untilMs: number | null;
}

const rest: BreakerPhase = { state: 'CLOSED', failures: [] };

/**
 * Puts an operator's word above the machine, which rests meanwhile, or takes it away. AUTO where the machine decides
 * already leaves its state as it is. Always a transition; null: the breaker has moved since the operator saw it.
 */
export function setMode(breaker: Breaker, request: ModeRequest, now: number): Step | null {
  if (breaker.generation !== request.generation) return null;
  const { actor, reason } = request;
  const isMachines = breaker.control.mode === 'AUTO' && request.mode === 'AUTO';
  return move(breaker, {
    now,
    phase: isMachines ? breaker.phase : rest,
    control: controlOf(request, now),
    actor,
    reason,
  });
}

/** Makes the breaker as good as new, whatever it was. Always a transition; null as for `setMode`. */
export function reset(
  breaker: Breaker,
  { generation, actor, reason }: OperatorRequest,
  now: number,
): Step | null {
  if (breaker.generation !== generation) return null;
  const { wary: _forgotten, ...anew } = breaker;
  return move(anew, { now, phase: rest, actor, reason });
}

/** Ends an operator's word whose time is up. */
export function expireMode(breaker: Breaker, now: number): Step {
  if (!isModeOver(breaker.control, now)) return stay(breaker);
  return move(breaker, { now, phase: rest, reason: machineReasons.modeEnded });
}

/** Whether an operator's word no longer binds anybody, though it is still written. */
export function isModeOver(control: BreakerControl, now: number): boolean {
  return control.mode !== 'AUTO' && control.until !== null && now >= control.until;
}

function controlOf({ mode, actor, reason, untilMs }: ModeRequest, now: number): BreakerControl {
  if (mode === 'AUTO') return { mode };
  return { mode, actor, reason, until: untilMs === null ? null : now + untilMs };
}
