import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admissionOf } from '../../../src/breakers/rule/admission-of.ts';
import type { Breaker, BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import {
  claimProbe,
  LONGEST_NEUTRAL_REST_MS,
  recordOutcomes,
  settleProbe,
} from '../../../src/breakers/rule/machine.ts';
import { batchOf, closed, failuresAt, found, halfOpen, opened, rule } from './breakers.ts';

const claim = (breaker: Breaker, now: number, token = 'mine', leaseMs = 10_000) =>
  claimProbe(breaker, { token, leaseMs }, now)?.breaker ?? null;

/** A breaker whose probe `mine` has won at 100, with a lease until 10 100. */
const probing = () => claim(opened(100), 100)!;

const anySignal = fc.constantFrom<BreakerSignal>('success', 'failure', 'neutral');

test('nobody probes before the cool-off is over, and at its end one does', () => {
  expect(claim(opened(100), 99)).toBeNull();
  expect(probing()).toMatchObject({ generation: 8, tripCount: 3 });
  expect(probing().phase).toEqual({
    state: 'HALF_OPEN',
    coolOffMs: rule.coolOffMs,
    probe: { token: 'mine', leaseUntil: 10_100 },
    nextProbeAt: 100,
    neutralProbes: 0,
  });
});

test('however many ask, there is one probe', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30_000), { maxLength: 60 }), (gaps) => {
      let breaker = opened(100);
      let now = 0;
      let busyUntil = 100;
      gaps.forEach((gapMs, index) => {
        now += gapMs / 10;
        const won = claim(breaker, now, `token ${index}`);
        expect(won !== null).toBe(now >= busyUntil);
        if (won === null) return;
        breaker = won;
        busyUntil = now + 10_000;
      });
    }),
  );
});

test('a prober that is never heard of again does not keep it half-open for ever: its lease ends', () => {
  expect(claim(probing(), 10_099, 'next')).toBeNull();
  const next = claim(probing(), 10_100, 'next')!;
  expect(next).toMatchObject({ generation: 8, revision: 22, phase: { probe: { token: 'next' } } });
  expect(settleProbe(next, rule, found(next, 'success', { token: 'next' }), 10_200).transition?.to).toBe(
    'CLOSED',
  );
});

test('the late outcome of a prober whose lease has ended, or was taken over, changes nothing', () => {
  fc.assert(
    fc.property(anySignal, fc.nat(100_000), (signal, lateMs) => {
      const left = probing();
      expect(settleProbe(left, rule, found(left, signal), 10_100 + lateMs).breaker).toBe(left);
      const taken = claim(left, 10_100, 'next', 1_000_000)!;
      expect(settleProbe(taken, rule, found(taken, signal), 10_100 + lateMs).breaker).toBe(taken);
    }),
  );
});

test('calls admitted before the trip neither close nor re-open a breaker that is open, probed, or closed again', () => {
  const before = closed(1, 2, 3, 4);
  const tripped = recordOutcomes(before, rule, batchOf(before, failuresAt(5), 5), 5).breaker;
  const now = 5 + rule.coolOffMs;
  const half = claim(tripped, now)!;
  const recovered = settleProbe(half, rule, found(half, 'success'), now + 1).breaker;
  expect(recovered.phase).toEqual({ state: 'CLOSED', failures: [] });
  for (const breaker of [tripped, half, recovered]) {
    for (const outcome of ['success', 'failure'] as const) {
      const stragglers = batchOf(before, Array(9).fill([outcome, now + 1]), now + 2);
      expect(recordOutcomes(breaker, rule, stragglers, now + 2).breaker).toBe(breaker);
    }
  }
});

test('a success closes without a streak, and the next trip has the rule’s own cool-off again', () => {
  const half = claim(opened(100, rule.maxCoolOffMs), 100)!;
  const { breaker } = settleProbe(half, rule, found(half, 'success'), 200);
  expect(breaker).toMatchObject({ generation: 9, tripCount: 3, phase: { state: 'CLOSED', failures: [] } });
  const batch = batchOf(breaker, failuresAt(300, 300, 300, 300, 300), 300);
  expect(recordOutcomes(breaker, rule, batch, 300).breaker.phase).toMatchObject({
    coolOffMs: rule.coolOffMs,
  });
});

test('failed probes double the cool-off until the longest', () => {
  let breaker = opened(0);
  const lengths = [1, 2, 3, 4].map(() => {
    const now = breaker.phase.state === 'OPEN' ? breaker.phase.openUntil : NaN;
    const half = claim(breaker, now)!;
    breaker = settleProbe(half, rule, found(half, 'failure'), now + 7).breaker;
    expect(breaker.phase).toMatchObject({
      openUntil: now + 7 + (breaker.phase as { coolOffMs: number }).coolOffMs,
    });
    return (breaker.phase as { coolOffMs: number }).coolOffMs;
  });
  expect(lengths).toEqual([120_000, 240_000, 240_000, 240_000]);
  expect(breaker.tripCount).toBe(3 + 4);
});

test('jitter lengthens a doubled cool-off by a tenth at most, and the cap comes last', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.1, noNaN: true }),
      fc.integer({ min: 1, max: rule.maxCoolOffMs }),
      (jitter, coolOffMs) => {
        const half = halfOpen({ coolOffMs, probe: { token: 'mine', leaseUntil: 1 } });
        const { phase } = settleProbe(half, rule, found(half, 'failure', { jitter }), 0).breaker;
        const longerMs = phase.state === 'OPEN' ? phase.coolOffMs : NaN;
        expect(Number.isInteger(longerMs)).toBe(true);
        expect(longerMs).toBeGreaterThanOrEqual(Math.min(rule.maxCoolOffMs, 2 * coolOffMs));
        expect(longerMs).toBeLessThanOrEqual(Math.min(rule.maxCoolOffMs, Math.round(2.2 * coolOffMs)));
        expect(phase).toMatchObject({ openUntil: longerMs });
      },
    ),
  );
});

test('neutral probes give the lease back and rest 1 s, 2 s, 4 s … up to a minute, however many there are', () => {
  let breaker = probing();
  let now = 100;
  const rests = Array.from({ length: 1_200 }, () => {
    breaker = settleProbe(breaker, rule, found(breaker, 'neutral'), now).breaker;
    const admission = admissionOf(breaker, now);
    const restMs = admission.kind === 'refuse' ? admission.retryAfterMs! : NaN;
    expect(claim(breaker, now + restMs - 1)).toBeNull();
    now += restMs;
    breaker = claim(breaker, now)!;
    return restMs;
  });
  expect(rests.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(rests.at(-1)).toBe(LONGEST_NEUTRAL_REST_MS);
  expect(breaker).toMatchObject({ generation: 8, tripCount: 3, phase: { coolOffMs: rule.coolOffMs } });
});

test('a rate-limited probe rests as long as the provider asks for', () => {
  const { breaker } = settleProbe(
    probing(),
    rule,
    found(probing(), 'neutral', { retryAfterMs: 90_000 }),
    200,
  );
  expect(breaker.phase).toMatchObject({ probe: null, nextProbeAt: 90_200, neutralProbes: 1 });
});

test('a client that goes away in the middle of its probe frees the place for the next one', () => {
  const { breaker, transition } = settleProbe(probing(), rule, found(probing(), 'neutral'), 200);
  expect(transition).toBeNull();
  expect(breaker.tripCount).toBe(3);
  expect(claim(breaker, 1_200, 'next')).not.toBeNull();
});
