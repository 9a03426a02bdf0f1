import { unlimited, type LimitMeasures } from '../../limits/limit-board.ts';
import { endlessMs, unobserved, type Measures } from './plan-input.ts';

/** Who knows how a model behaves at present; all of it is in memory. */
export interface MeasureSources {
  readonly breakers: { retryAfterMsOf(key: string, endlessMs: number): number | null };
  readonly limits: { measuresOf(key: string): LimitMeasures };
}

/** What is known of a model now. The same object for all of which nothing is known. */
export function measureModel({ breakers, limits }: MeasureSources, key: string): Measures {
  const limit = limits.measuresOf(key);
  const breakerRetryAfterMs = breakers.retryAfterMsOf(key, endlessMs);
  if (limit === unlimited && breakerRetryAfterMs === null) return unobserved;
  return { ...unobserved, ...limit, breakerRetryAfterMs };
}

/** Milliseconds until a model may be called, as far as waiting is what it takes; 0: now. */
export function waitMsOf(sources: MeasureSources, key: string): number {
  const { breakerRetryAfterMs, coolDownMs, hardDownMs } = measureModel(sources, key);
  return Math.max(breakerRetryAfterMs ?? 0, coolDownMs ?? 0, hardDownMs ?? 0);
}
