import type { Breakers, BreakerPermit, BreakerRefusal } from '../../src/breakers/breaker.service.ts';
import { admissionOf, mayProbe } from '../../src/breakers/rule/admission-of.ts';
import { addOutcome, openBatch, toAges } from '../../src/breakers/rule/batch.ts';
import { untouched, type Breaker, type BreakerRule } from '../../src/breakers/rule/breaker.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../src/breakers/rule/machine.ts';
import type { Clock } from '../../src/system/clock.ts';

/** The rule as it is configured where nothing is. */
export const usualRule: BreakerRule = {
  ...{ threshold: 5, windowMs: 60_000 },
  ...{ coolOffMs: 60_000, maxCoolOffMs: 240_000 },
};

const LEASE_MARGIN_MS = 2_000;
const LOST_PROBE_RETRY_MS = 1_000;

/**
 * The breakers of one instance that decides alone, as one does whose database is away: the same rule and machine, each
 * outcome taken up at once. `jitter`: 0..0.1.
 */
export function createLoneBreakers(
  clock: Clock,
  jitter: () => number,
): Pick<Breakers, 'admit' | 'retryAfterMsOf' | 'isShut' | 'eachKnown'> {
  const known = new Map<string, Breaker>();
  let probes = 0;
  const breakerOf = (key: string) => known.get(key) ?? untouched(key);
  const refused = (retryAfterMs: number | null): BreakerRefusal => ({ admitted: false, retryAfterMs });

  function ordinary(key: string, generation: number): BreakerPermit {
    return {
      admitted: true,
      settle(signal) {
        const breaker = breakerOf(key);
        const hasStreak = breaker.phase.state === 'CLOSED' && breaker.phase.failures.length > 0;
        if (signal === 'neutral' || (signal === 'success' && !hasStreak)) return;
        const now = clock.monotonicMs();
        const batch = addOutcome(openBatch(key, generation), usualRule, { signal, atMs: now });
        known.set(key, recordOutcomes(breaker, usualRule, toAges(batch, now), now).breaker);
      },
    };
  }

  function probe(breaker: Breaker, endsWithinMs: number): BreakerPermit | BreakerRefusal {
    const { key } = breaker;
    const token = String((probes += 1));
    const step = claimProbe(breaker, { token, leaseMs: endsWithinMs + LEASE_MARGIN_MS }, clock.monotonicMs());
    if (step === null) return refused(LOST_PROBE_RETRY_MS);
    known.set(key, step.breaker);
    const { generation } = step.breaker;
    return {
      admitted: true,
      isProbe: true,
      settle(signal, retryAfterMs) {
        const outcome = { generation, token, signal, retryAfterMs, jitter: jitter() };
        known.set(key, settleProbe(breakerOf(key), usualRule, outcome, clock.monotonicMs()).breaker);
      },
    };
  }

  return {
    admit({ key, attemptMs, endsWithinMs = attemptMs, isWhole, expectedMs }) {
      const breaker = breakerOf(key);
      const verdict = admissionOf(breaker, clock.monotonicMs());
      if (verdict.kind === 'admit') return ordinary(key, verdict.generation);
      if (verdict.kind === 'refuse') return refused(verdict.retryAfterMs);
      const isFit = isWhole || mayProbe(attemptMs, expectedMs, usualRule);
      return isFit ? probe(breaker, endsWithinMs) : refused(LOST_PROBE_RETRY_MS);
    },
    eachKnown(visit) {
      for (const key of known.keys()) visit(key);
    },
    isShut(key) {
      const breaker = known.get(key);
      return breaker !== undefined && admissionOf(breaker, clock.monotonicMs()).kind !== 'admit';
    },
    retryAfterMsOf(key, endlessMs) {
      const breaker = known.get(key);
      const verdict = breaker && admissionOf(breaker, clock.monotonicMs());
      return verdict?.kind === 'refuse' ? Math.ceil(verdict.retryAfterMs ?? endlessMs) : null;
    },
  };
}
