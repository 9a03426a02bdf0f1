import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admissionOf, mayProbe, nextProbeAtOf } from '../../../src/breakers/rule/admission-of.ts';
import { untouched, type BreakerControl } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe } from '../../../src/breakers/rule/machine.ts';
import { breakerIn, closed, halfOpen, opened, rule } from './breakers.ts';

const forced = (mode: 'FORCED_OPEN' | 'FORCED_CLOSED', until: number | null) => {
  const control: BreakerControl = { mode, until, actor: 'ada', reason: 'drill' };
  return breakerIn({ state: 'CLOSED', failures: [] }, { control });
};
const probe = (leaseUntil: number) => ({ token: 'theirs', leaseUntil });

const admit = { kind: 'admit', generation: 7 };
const due = { kind: 'probe_due', generation: 7 };
const refuse = (retryAfterMs: number | null) => ({ kind: 'refuse', retryAfterMs });

test.each([
  ['a breaker never written admits', untouched('a/b'), { kind: 'admit', generation: 0 }],
  ['CLOSED admits, a streak or not', closed(1, 2, 3, 4), admit],
  ['OPEN refuses with the rest of its cool-off', opened(1_500), refuse(500)],
  ['OPEN refuses for whole milliseconds', opened(1_000.2), refuse(1)],
  ['OPEN past its cool-off is due for a probe', opened(1_000), due],
  [
    'HALF_OPEN with a prober refuses with the lease’s remainder',
    halfOpen({ probe: probe(1_300) }),
    refuse(300),
  ],
  ['HALF_OPEN whose prober’s lease has ended is due again', halfOpen({ probe: probe(1_000) }), due],
  ['HALF_OPEN at rest refuses with what is left of it', halfOpen({ nextProbeAt: 1_200 }), refuse(200)],
  ['HALF_OPEN after its rest is due', halfOpen({ nextProbeAt: 1_000 }), due],
  ['FORCED_OPEN refuses until its end', forced('FORCED_OPEN', 1_700), refuse(700)],
  [
    'FORCED_OPEN for centuries refuses with the largest Int',
    forced('FORCED_OPEN', 1e14),
    refuse(2 ** 31 - 1),
  ],
  ['FORCED_OPEN without an end refuses without a number', forced('FORCED_OPEN', null), refuse(null)],
  ['FORCED_OPEN past its end admits', forced('FORCED_OPEN', 1_000), admit],
  ['FORCED_CLOSED admits', forced('FORCED_CLOSED', null), admit],
  ['FORCED_CLOSED past its end admits', forced('FORCED_CLOSED', 1_000), admit],
])('%s', (_name, breaker, admission) => {
  expect(admissionOf(breaker, 1_000)).toEqual(admission);
});

const instant = fc.integer({ min: -2_000, max: 2_000 });
const anyBreaker = fc.oneof(
  instant.map((until) => opened(until)),
  fc.record({ nextProbeAt: instant }).map(halfOpen),
  instant.map((leaseUntil) => halfOpen({ probe: probe(leaseUntil) })),
  fc.option(instant).map((until) => forced('FORCED_OPEN', until)),
  fc.constant(closed()),
);

test('a probe is due exactly when a claim would be granted', () => {
  fc.assert(
    fc.property(anyBreaker, instant, (breaker, now) => {
      const claimed = claimProbe(breaker, { token: 'mine', leaseMs: 1 }, now);
      expect(admissionOf(breaker, now).kind === 'probe_due').toBe(claimed !== null);
    }),
  );
});

test('a refusal’s number is the time after which the breaker no longer refuses, and not a millisecond more', () => {
  fc.assert(
    fc.property(anyBreaker, instant, (breaker, now) => {
      const admission = admissionOf(breaker, now);
      if (admission.kind !== 'refuse' || admission.retryAfterMs === null) return;
      expect(admission.retryAfterMs).toBeGreaterThan(0);
      expect(admissionOf(breaker, now + admission.retryAfterMs).kind).not.toBe('refuse');
      expect(admissionOf(breaker, now + admission.retryAfterMs - 1).kind).toBe('refuse');
    }),
  );
});

test('an open breaker past its cool-off shows a next probe in the past; one that needs none shows none', () => {
  expect(nextProbeAtOf(opened(400))).toBe(400);
  expect(nextProbeAtOf(halfOpen({ nextProbeAt: 300 }))).toBe(300);
  expect(nextProbeAtOf(halfOpen({ nextProbeAt: 300, probe: probe(900) }))).toBe(900);
  expect(nextProbeAtOf(closed(1))).toBeNull();
  expect(nextProbeAtOf(forced('FORCED_OPEN', 1))).toBeNull();
});

test('a call probes only with the time that an answer may take', () => {
  expect(mayProbe(5_000, 0, rule)).toBe(true);
  expect(mayProbe(4_999, 0, rule)).toBe(false);
  expect(mayProbe(30_000, 10_000, rule)).toBe(true);
  expect(mayProbe(29_999, 10_000, rule)).toBe(false);
});

test('where cool-offs are shorter than that, attempts may be as short', () => {
  const short = { ...rule, coolOffMs: 300 };
  expect(mayProbe(300, 50, short)).toBe(true);
  expect(mayProbe(299, 50, short)).toBe(false);
  expect(mayProbe(300, 101, short)).toBe(false);
});
