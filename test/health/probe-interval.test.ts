import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  IDLE_ALLOWANCE_MICRO_USD,
  jittered,
  probeIntervalMs,
  usualCost,
  USUAL_INTERVAL_MS,
} from '../../src/health/probe-interval.ts';

const MONTH_MS = 30 * 24 * 3_600_000;
const unsaid = { configuredMs: null, paidTargets: 10 };

describe('how often a model is probed', () => {
  test('what the catalog says of it goes before what the operator says of all, and that before what it costs', () => {
    const target = { ownIntervalMs: 5_000, mostMicroUsd: 10_000 };
    expect(probeIntervalMs(target, null, { ...unsaid, configuredMs: 7_000 })).toBe(5_000);
    expect(
      probeIntervalMs({ ...target, ownIntervalMs: null }, null, { ...unsaid, configuredMs: 7_000 }),
    ).toBe(7_000);
    expect(probeIntervalMs({ ...target, ownIntervalMs: null }, null, unsaid)).toBeGreaterThan(
      USUAL_INTERVAL_MS,
    );
  });

  test('one that costs nothing is probed at the usual interval', () => {
    expect(probeIntervalMs({ ownIntervalMs: null, mostMicroUsd: 0 }, null, unsaid)).toBe(USUAL_INTERVAL_MS);
  });

  test('an idle installation spends less than a dollar a month, whatever its models cost and however many they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500_000 }), { minLength: 1, maxLength: 300 }),
        (costs) => {
          const terms = { configuredMs: null, paidTargets: costs.length };
          const monthly = costs.map((mostMicroUsd) => {
            const target = { ownIntervalMs: null, mostMicroUsd };
            return mostMicroUsd * (MONTH_MS / probeIntervalMs(target, null, terms));
          });
          const sum = monthly.reduce((total, microUsd) => total + microUsd, 0);
          expect(sum).toBeLessThanOrEqual(IDLE_ALLOWANCE_MICRO_USD * 1.000_001);
        },
      ),
    );
  });

  test('what probes have really cost lately counts more than what one could cost', () => {
    const target = { ownIntervalMs: null, mostMicroUsd: 10_000 };
    expect(probeIntervalMs(target, 100, unsaid)).toBeLessThan(probeIntervalMs(target, null, unsaid) / 50);
  });

  test('an interval varies by a tenth either way', () => {
    expect([jittered(1_000, 0), jittered(1_000, 0.5), jittered(1_000, 0.999_999)]).toEqual([
      900, 1_000, 1_100,
    ]);
  });

  test('what a probe usually costs follows a change of price within some probes', () => {
    let usual: number | null = null;
    usual = usualCost(usual, 80);
    expect(usual).toBe(80);
    for (let probes = 0; probes < 40; probes++) usual = usualCost(usual, 800);
    expect(usual).toBeGreaterThan(780);
  });
});
