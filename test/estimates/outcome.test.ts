import { describe, expect, it } from 'vitest';
import { MOST_RATIO_PERMILLE, observedRatioPermille, type Outcome } from '../../src/estimates/outcome.ts';
import { expectedMs, failed, outcome, speed } from './outcomes.ts';

describe('observed / expected latency', () => {
  const ratioOf = (of: Outcome) => observedRatioPermille(of, speed);

  it('compares probes of 16 tokens with answers of thousands: each with what its own length is expected to take', () => {
    for (const tokens of [1, 16, 100, 500, 8000]) {
      for (const times of [0.5, 1, 3]) {
        const latencyMs = times * expectedMs(tokens);
        expect(ratioOf(outcome({ latencyMs, outputTokens: tokens }))).toBe(1000 * times);
      }
    }
  });

  it('lets no failure flatter, however it ended, and counts one that took longer than an answer', () => {
    for (const failureClass of ['CONNECTION', 'SERVER_ERROR', 'RATE_LIMITED', 'AUTH', 'CANCELLED'] as const) {
      expect(ratioOf(failed({ failureClass }))).toBeNull();
      expect(ratioOf(failed({ failureClass, latencyMs: 3 * expectedMs(4096) }))).toBeGreaterThanOrEqual(3000);
    }
    expect(ratioOf(failed({ latencyMs: expectedMs(16) / 2, outputTokens: 16 }))).toBeNull();
    expect(ratioOf(failed({ latencyMs: expectedMs(16) * 2, outputTokens: 16 }))).toBe(2000);
  });

  it('counts a timeout with its full time, the breaker’s failure or not, unless the time was too short to tell', () => {
    for (const failureClass of ['TIMEOUT', 'DEADLINE'] as const) {
      for (const signal of ['failure', 'neutral'] as const) {
        const timeout = { failureClass, signal };
        expect(ratioOf(failed({ ...timeout, latencyMs: 3 * expectedMs(500) }))).toBe(3000);
        expect(ratioOf(failed({ ...timeout, latencyMs: 100 }))).toBeNull();
      }
    }
    const short = { failureClass: 'TIMEOUT' as const, fullAnswerMs: expectedMs(16) };
    expect(ratioOf(failed({ ...short, latencyMs: 10 * expectedMs(16) }))).toBe(10_000);
  });

  it('measures a stream that never began by its first token alone, reasoning before it included', () => {
    const silent = failed({ isStream: true, failureClass: 'TIMEOUT', latencyMs: 8000 });
    expect(ratioOf(silent)).toBe(10_000);
    expect(ratioOf({ ...silent, failureClass: 'CANCELLED', signal: 'neutral' })).toBe(10_000);
    expect(observedRatioPermille(silent, { ...speed, reasoningTokenFloor: 600 })).toBe(1000);
  });

  it('measures a stream that its caller left by its first token, and nothing else that a caller leaves early', () => {
    const left = failed({ failureClass: 'CANCELLED', signal: 'neutral', latencyMs: 30_000 });
    expect(ratioOf({ ...left, isStream: true, timeToFirstTokenMs: 400 })).toBe(500);
    expect(ratioOf(left)).toBeNull();
    expect(ratioOf({ ...left, latencyMs: 2 * expectedMs(4096) })).toBe(2000);
  });

  it('learns nothing from faults of ours, from answers of unknown length, and of models that take no time', () => {
    expect(ratioOf(failed({ failureClass: 'INTERNAL', latencyMs: 90_000 }))).toBeNull();
    expect(ratioOf(outcome({ outputTokens: null }))).toBeNull();
    expect(ratioOf(outcome({ outputTokens: null, isStream: true, timeToFirstTokenMs: 1600 }))).toBe(2000);
    const instant = { ...speed, expectedFirstTokenMs: 0, expectedMicrosPerOutputToken: 0 };
    expect(observedRatioPermille(outcome(), instant)).toBeNull();
  });

  it('bounds what one outcome can say', () => {
    expect(ratioOf(outcome({ latencyMs: 1e9 }))).toBe(MOST_RATIO_PERMILLE);
    expect(ratioOf(outcome({ latencyMs: -5 }))).toBe(0);
  });
});
