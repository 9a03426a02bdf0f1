import type { Breakers, BreakerPermit, BreakerRefusal } from '../breakers/breaker.service.ts';
import type { Estimates } from '../estimates/estimates.service.ts';
import type { Outcome } from '../estimates/outcome.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { FirstFailures } from './first-failure.service.ts';
import type { Admission, CallTarget, Permit, Refusal, Settlement } from './admission.ts';

/** Who has a say in whether a call may be made, and hears how it ended. */
export interface AdmissionParts {
  readonly breakers: Pick<Breakers, 'admit' | 'retryAfterMsOf'>;
  readonly limits: Pick<ProviderLimits, 'admit' | 'refusalOf'>;
  readonly estimates: Pick<Estimates, 'observe'>;
  readonly firstFailures: FirstFailures;
  /** Hears of every failed call, when breaker, limits and estimates have. */
  readonly onFailure: (target: CallTarget, failure: ProviderFailure) => void;
  /** Hears of a model that is due for a probe, from a call that has too little time to be it. */
  readonly onProbeWanted: (key: string) => void;
}

/**
 * The longest rest after a probe that the limits refused once it was won: nothing was sent, so that the next call
 * that they let through may be the probe.
 */
const MOST_UNSENT_REST_MS = 1_000;

/**
 * What the breaker refuses is not counted against the provider's allowance. What the limits refuse is not even put
 * to a breaker that would let it through: it could win a probe there, only to leave the model shut to calls that
 * the limits would have let through.
 */
export function createAdmission(parts: AdmissionParts): Admission {
  const { breakers, limits, estimates, firstFailures, onFailure, onProbeWanted } = parts;

  function join(target: CallTarget, leave: BreakerPermit | BreakerRefusal): Permit | Refusal {
    if (!leave.admitted) return refusedByBreaker(target, leave);
    const allowance = limits.admit(target, leave.recoveredAt);
    if (!allowance.admitted) {
      const restMs = Math.min(allowance.retryAfterMs ?? Infinity, MOST_UNSENT_REST_MS);
      leave.settle('neutral', restMs);
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
        estimates.observe(outcomeOf(target, settlement, leave.isProbe === true));
        firstFailures.note(target, signal, failure);
        if (failure !== null) onFailure(target, failure);
      },
    };
  }

  function refusedByBreaker({ key }: CallTarget, { probe, retryAfterMs }: BreakerRefusal): Refusal {
    if (probe === 'wanted') onProbeWanted(key);
    const reason = 'BREAKER_OPEN';
    return { admitted: false, reason, retryAfterMs, ...(probe === undefined ? {} : { isProbed: true }) };
  }

  /** A breaker that refuses as well has the word: what it refuses is its to explain. */
  function isShut(key: string): boolean {
    return (breakers.retryAfterMsOf(key, Infinity) ?? 0) > 0;
  }

  return {
    admit(target) {
      const refusal = limits.refusalOf(target);
      if (refusal !== null && !isShut(target.key)) return refusal;
      const { key, endsWithinMs } = target;
      const { timeoutMs: attemptMs, limit, expectedMs } = target.time;
      const who = { tenantId: target.tenantId ?? null, isOwn: target.isProbe === true };
      const leave = breakers.admit({
        key,
        attemptMs,
        endsWithinMs,
        isWhole: limit === 'own',
        expectedMs,
        ...who,
      });
      return leave instanceof Promise ? leave.then((won) => join(target, won)) : join(target, leave);
    },
  };
}

function outcomeOf(
  { key, time, isStream, isProbe }: CallTarget,
  { signal, failure, usage, latencyMs, timeToFirstTokenMs }: Settlement,
  triesModel: boolean,
): Outcome {
  return {
    key,
    signal,
    latencyMs,
    timeToFirstTokenMs,
    isStream: isStream === true,
    isProbe: isProbe === true,
    endsOutage: triesModel && signal === 'success',
    failureClass: failure?.failureClass ?? null,
    outputTokens: usage?.outputTokens ?? null,
    fullAnswerMs: time.fullAnswerMs,
  };
}
