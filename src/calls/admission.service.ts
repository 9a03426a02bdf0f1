import type { Breakers, BreakerPermit, BreakerRefusal } from '../breakers/breaker.service.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { Admission, CallTarget, Permit, Refusal, Settlement } from './admission.ts';

/** Who has a say in whether a call may be made, and hears how it ended. */
export interface AdmissionParts {
  readonly breakers: Pick<Breakers, 'admit'>;
  readonly limits: Pick<ProviderLimits, 'admit'>;
  /** Hears of every failed call, when breaker and limits have. */
  readonly onFailure: (target: CallTarget, failure: ProviderFailure) => void;
}

/**
 * The breaker is asked first, because a call that it refuses must not count against the provider's allowance. One
 * that the limits refuse gives back whatever leave it had: a probe is then another call's to make.
 */
export function createAdmission({ breakers, limits, onFailure }: AdmissionParts): Admission {
  function join(target: CallTarget, leave: BreakerPermit | BreakerRefusal): Permit | Refusal {
    if (!leave.admitted) return { ...leave, reason: 'BREAKER_OPEN' };
    const allowance = limits.admit(target);
    if (!allowance.admitted) {
      leave.settle('neutral', allowance.retryAfterMs);
      return allowance;
    }
    let open = true;
    return {
      admitted: true,
      settle(settlement: Settlement) {
        if (!open) throw new Error(`The call ${target.attemptId} was settled twice.`);
        open = false;
        const { signal, failure } = settlement;
        leave.settle(signal, failure?.retryAfterMs ?? null);
        allowance.settle(settlement);
        if (failure !== null) onFailure(target, failure);
      },
    };
  }

  return {
    admit(target) {
      const { key, timeoutMs: attemptMs, isWhole, expectedMs } = target;
      const leave = breakers.admit({ key, attemptMs, isWhole, expectedMs });
      return leave instanceof Promise ? leave.then((won) => join(target, won)) : join(target, leave);
    },
  };
}
