import type { ProviderFailure } from '../providers/failure.ts';
import type { Log } from '../system/log.ts';
import type { CallTarget } from './admission.ts';
import type { BreakerSignal } from '../breakers/rule/breaker.ts';

/** Tells the log of a model's first failure after answers, and of its first answer after that. */
export interface FirstFailures {
  /** How a call has ended; of those that say nothing of the model, nothing is told. */
  note(target: CallTarget, signal: BreakerSignal, failure: ProviderFailure | null): void;
}

/** No model is known to fail. Only those that do are remembered, so that a healthy call costs a look. */
export function createFirstFailures(log: Log): FirstFailures {
  const failing = new Set<string>();
  return {
    note({ key, isProbe = false }, signal, failure) {
      if (signal === 'success') {
        if (failing.size > 0 && failing.delete(key))
          log.info('A model that failed answers again.', { model: key });
      } else if (signal === 'failure' && !failing.has(key)) {
        failing.add(key);
        const { failureClass, httpStatus = null } = failure ?? { failureClass: null };
        log.warn('A model that answered has failed.', { model: key, failureClass, httpStatus, isProbe });
      }
    },
  };
}
