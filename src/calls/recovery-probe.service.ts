import type { Log } from '../system/log.ts';
import type { ProbeCall } from './probe-call.service.ts';

/**
 * Tries models whose breakers are due for it where no caller has the time: with a prompt of our own, outside anybody's
 * deadline. The breaker sees to it that the fleet makes one such call.
 */
export interface RecoveryProbes {
  /** A probe of this model is wanted; returns at once. While this instance makes one, that is the one. */
  send(key: string): void;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
}

export interface RecoveryProbesOptions {
  readonly probe: ProbeCall;
  readonly log: Log;
  /** Aborts when the instance stops. */
  readonly signal: AbortSignal;
}

/** None is under way. */
export function createRecoveryProbes({ probe, log, signal }: RecoveryProbesOptions): RecoveryProbes {
  const underWay = new Map<string, Promise<void>>();

  async function send(key: string): Promise<void> {
    try {
      // Not within the steps of the call that wants it. What it shows, its breaker hears like that of any other call.
      await Promise.resolve();
      await probe(key, { signal });
    } catch (err) {
      log.error('A model that is due for a probe could not be tried.', { key, err });
    } finally {
      underWay.delete(key);
    }
  }

  return {
    send(key) {
      if (!signal.aborted && !underWay.has(key)) underWay.set(key, send(key));
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}
