/** Whether this process should be sent calls. What has not been loaded yet does not listen either. */
export interface Readiness {
  /** What stands against it, as sentences for operators; none: it can route. */
  obstacles(): readonly string[];
  /** What an operator has to look into, although it can route. */
  warnings(): readonly string[];
  isStopping(): boolean;
  /** From now on it should not, for good. */
  stop(): void;
}

/**
 * `canRecord` tells whether a call's decision could be made durable now: none is routed that cannot be recorded;
 * `recordsSetAside`, how many records the database has refused.
 */
export function createReadiness(canRecord: () => boolean, recordsSetAside = () => 0): Readiness {
  let stopping = false;
  return {
    obstacles: () => [
      ...(stopping ? ['It is stopping.'] : []),
      ...(canRecord() ? [] : ['Nothing can be recorded.']),
    ],
    warnings() {
      const count = recordsSetAside();
      return count === 0 ? [] : [`Records that the database refuses are set aside: ${count}.`];
    },
    isStopping: () => stopping,
    stop: () => void (stopping = true),
  };
}
