import type { DegradedComponent } from '../routing/record/decision.ts';

/** Whether this process should be sent calls. What has not been loaded yet does not listen either. */
export interface Readiness {
  /** What stands against it, as sentences for operators; none: it can route. */
  obstacles(): readonly string[];
  /** What it does without at present, although it can route. */
  degraded(): readonly DegradedComponent[];
  /** What an operator has to look into, although it can route. */
  warnings(): readonly string[];
  isStopping(): boolean;
  /** From now on it should not, for good. */
  stop(): void;
}

export interface ReadinessOptions {
  /** Whether a call's decision could be made durable now: none is routed that cannot be recorded. */
  readonly canRecord: () => boolean;
  /** What is away. Absent: nothing ever. */
  readonly degraded?: () => readonly DegradedComponent[];
  /** How many records the database has refused. Absent: none. */
  readonly recordsSetAside?: () => number;
}

/** It can route, unless one of these says otherwise. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { canRecord, degraded = () => [], recordsSetAside = () => 0 } = options;
  let stopping = false;
  return {
    obstacles: () => [
      ...(stopping ? ['It is stopping.'] : []),
      ...(canRecord() ? [] : ['Nothing can be recorded.']),
    ],
    degraded,
    warnings() {
      const count = recordsSetAside();
      return count === 0 ? [] : [`Records that the database refuses are set aside: ${count}.`];
    },
    isStopping: () => stopping,
    stop: () => void (stopping = true),
  };
}
