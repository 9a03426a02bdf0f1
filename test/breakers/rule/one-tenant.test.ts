import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Breaker } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { claimClearing, MOST_WARY, WARY_MS } from '../../../src/breakers/rule/suspicion.ts';
import { admissionOf, isBeingProbed } from '../../../src/breakers/rule/admission-of.ts';
import { reset } from '../../../src/breakers/rule/mode.ts';
import { breakerIn, closed, found, rule, suspected } from './breakers.ts';

const now = 1_000_000;
const { threshold } = rule;

/** Failures of these tenants, a millisecond after each other, the last at `at`. */
function failedBy(breaker: Breaker, tenants: readonly (string | null)[], at = now): Breaker {
  const batch = {
    ...{ key: breaker.key, generation: breaker.generation, successAgeMs: null },
    failureAgesMs: tenants.map((_, index) => tenants.length - 1 - index),
    failureTenants: tenants,
  };
  return recordOutcomes(breaker, rule, batch, at).breaker;
}
const row = (tenant: string | null, count = threshold) => Array.from({ length: count }, () => tenant);
const cleared = (breaker: Breaker, at = now) => {
  const claimed = claimClearing(breaker, { token: 'mine', leaseMs: 5_000 }, at)!;
  return settleProbe(claimed.breaker, rule, found(breaker, 'success'), at);
};
const suspectOf = ({ phase }: Breaker) => (phase.state === 'OPEN' ? phase.suspicion?.tenant : 'not open');

describe('failures that trip', () => {
  test('of one tenant alone make that one suspected, whoever brings them in how many batches', () => {
    expect(suspectOf(failedBy(closed(), row('t')))).toBe('t');
    const four = failedBy(closed(), row('t', threshold - 1), now - 100);
    expect(suspectOf(failedBy(four, ['t']))).toBe('t');
  });

  test('of several, or of which not all are known, make nobody suspected', () => {
    for (const last of ['u', null]) {
      expect(suspectOf(failedBy(closed(), [...row('t', threshold - 1), last]))).toBeUndefined();
    }
    expect(suspectOf(failedBy(closed(), row(null)))).toBeUndefined();
    expect(suspectOf(failedBy(closed(now - 3), row('t', threshold - 1)))).toBeUndefined();
  });

  test('trip as fast as ever, whosever they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('t', 'u', null), { minLength: threshold, maxLength: threshold }),
        (tenants) => {
          expect(failedBy(closed(), tenants.slice(1)).phase.state).toBe('CLOSED');
          expect(failedBy(closed(), tenants).phase).toMatchObject({
            ...{ state: 'OPEN', openUntil: now + rule.coolOffMs, coolOffMs: rule.coolOffMs },
          });
        },
      ),
    );
  });
});

describe('a breaker that one tenant’s calls have opened', () => {
  const open = failedBy(closed(), row('t'));

  test('is looked into by one call, once, and only while it cools off', () => {
    const claim = { token: 'mine', leaseMs: 5_000 };
    const { breaker, transition } = claimClearing(open, claim, now)!;
    expect(transition).toBeNull();
    expect(claimClearing(breaker, { ...claim, token: 'another' }, now)).toBeNull();
    expect(claimClearing(open, claim, now + rule.coolOffMs)).toBeNull();
    // Nor when that call never says how it went.
    expect(claimClearing(breaker, { ...claim, token: 'another' }, now + 6_000)).toBeNull();
    expect(claimProbe(breaker, claim, now + rule.coolOffMs)!.breaker.phase).toMatchObject({
      state: 'HALF_OPEN',
      coolOffMs: rule.coolOffMs,
    });
  });

  test('refuses everybody else meanwhile, and says that it may be over soon', () => {
    const { breaker } = claimClearing(open, { token: 'mine', leaseMs: 5_000 }, now)!;
    expect(admissionOf(breaker, now)).toEqual({ kind: 'refuse', retryAfterMs: rule.coolOffMs });
    expect([isBeingProbed(open, now), isBeingProbed(breaker, now)]).toEqual([false, true]);
    expect(isBeingProbed(breaker, now + 5_000)).toBe(false);
  });

  test('closes when that call is answered', () => {
    const { breaker, transition } = cleared(open);
    expect(transition).toMatchObject({ from: 'OPEN', to: 'CLOSED', reason: 'cleared by probe' });
    expect(breaker).toMatchObject({
      phase: { state: 'CLOSED', failures: [] },
      wary: [{ tenant: 't', until: now + WARY_MS }],
    });
  });

  test.each(['failure', 'neutral'] as const)('cools off as any other when it ends in a %s', (signal) => {
    const looking = claimClearing(open, { token: 'mine', leaseMs: 5_000 }, now)!.breaker;
    const { breaker, transition } = settleProbe(looking, rule, found(open, signal), now + 1_000);
    expect(transition).toBeNull();
    expect(breaker.phase).toEqual({
      state: 'OPEN',
      openUntil: now + rule.coolOffMs,
      coolOffMs: rule.coolOffMs,
    });
    expect(claimClearing(breaker, { token: 'again', leaseMs: 1 }, now + 1_000)).toBeNull();
  });

  test('does not close by a call that answers after its lease', () => {
    const looking = suspected(now + 10, now);
    expect(settleProbe(looking, rule, found(looking, 'success'), now).breaker).toBe(looking);
  });
});

describe('after that', () => {
  const wary = cleared(failedBy(closed(), row('t'))).breaker;

  test('the tenant’s failures trip with those of others, not alone, for ten minutes', () => {
    const many = failedBy(wary, row('t', 3 * threshold), now + 1_000);
    expect(many.phase).toMatchObject({ state: 'CLOSED' });
    expect(failedBy(many, row('t', threshold), now + 2_000).phase.state).toBe('CLOSED');
    expect(suspectOf(failedBy(many, ['u'], now + 2_000))).toBeUndefined();
    expect(failedBy(many, ['u'], now + 2_000).phase.state).toBe('OPEN');
    expect(suspectOf(failedBy(wary, row('t'), now + WARY_MS))).toBe('t');
  });

  test('what it keeps of such a streak is bounded', () => {
    let breaker = wary;
    for (let i = 0; i < 50; i += 1) breaker = failedBy(breaker, row('t', 3), now + i);
    expect(breaker.phase.state === 'CLOSED' && breaker.phase.failures.length).toBe(threshold - 1);
  });

  test('another tenant’s failures alone trip, and are looked into likewise', () => {
    const open = failedBy(wary, row('u'), now + 1_000);
    expect(suspectOf(open)).toBe('u');
    expect(cleared(open, now + 2_000).breaker.wary?.map(({ tenant }) => tenant)).toEqual(['t', 'u']);
  });

  test('a real outage trips with the fifth failure, the tenant’s among them or not', () => {
    for (const tenants of [
      ['t', 't', 'u', 't', 'u'],
      ['u', 'v', 'u', 'v', 'u'],
    ]) {
      expect(failedBy(wary, tenants.slice(1), now + 1_000).phase.state).toBe('CLOSED');
      const open = failedBy(wary, tenants, now + 1_000);
      expect([open.phase.state, suspectOf(open)]).toEqual(['OPEN', undefined]);
    }
  });

  test('few are remembered, and a reset forgets all', () => {
    let breaker = breakerIn({ state: 'CLOSED', failures: [] });
    for (let i = 0; i < 2 * MOST_WARY; i += 1) {
      breaker = cleared(failedBy(breaker, row(`t${i}`), now + i), now + i).breaker;
    }
    expect(breaker.wary?.map(({ tenant }) => tenant)).toEqual(
      Array.from({ length: MOST_WARY }, (_, index) => `t${index + MOST_WARY}`),
    );
    const request = { generation: breaker.generation, actor: 'ada', reason: 'drill' };
    expect(reset(breaker, request, now)!.breaker).not.toHaveProperty('wary');
  });
});
