import { splitModelKey } from '../providers/model-key.ts';
import { admissionOf, nextProbeAtOf } from './rule/admission-of.ts';
import {
  shownState,
  type Breaker,
  type BreakerHistory,
  type BreakerMode,
  type BreakerState,
} from './rule/breaker.ts';
import { isModeOver } from './rule/mode.ts';

/** A breaker for people. Instants are milliseconds since the epoch. */
export interface BreakerView extends BreakerHistory {
  readonly key: string;
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly state: BreakerState;
  readonly mode: BreakerMode;
  readonly modeReason: string | null;
  readonly modeUntil: number | null;
  /** Rises with every write. */
  readonly revision: number;
  readonly consecutiveFailures: number;
  readonly tripCount: number;
  readonly generation: number;
  readonly nextProbeAt: number | null;
  /** Milliseconds until a call may be admitted; null while it may, and while there is no end. */
  readonly retryAfterMs: number | null;
}

/** What is shown of a breaker whose instants are of a clock that shows `nowMs` while the wall's shows `wallMs`. */
export function viewBreaker(breaker: Breaker, nowMs: number, wallMs: number): BreakerView {
  const { key, revision, phase, tripCount, generation, history } = breaker;
  const { providerSlug = key, modelSlug = key } = splitModelKey(key) ?? {};
  // What nobody is bound by any more is not shown, though its end may still have to be written.
  const isOver = isModeOver(breaker.control, nowMs);
  const control = isOver ? ({ mode: 'AUTO' } as const) : breaker.control;
  const toWall = (at: number | null) => (at === null ? null : Math.round(at - nowMs + wallMs));
  const admission = admissionOf(breaker, nowMs);
  return {
    ...history,
    key,
    providerSlug,
    modelSlug,
    state: shownState({ ...breaker, control }),
    mode: control.mode,
    modeReason: control.mode === 'AUTO' ? null : control.reason,
    modeUntil: control.mode === 'AUTO' ? null : toWall(control.until),
    revision,
    consecutiveFailures: phase.state === 'CLOSED' ? phase.failures.length : 0,
    tripCount,
    generation,
    nextProbeAt: toWall(nextProbeAtOf(breaker)),
    retryAfterMs: admission.kind === 'refuse' ? admission.retryAfterMs : null,
  };
}
